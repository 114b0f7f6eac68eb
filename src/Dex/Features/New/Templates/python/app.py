import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGES = {"/": "Hello from __NAME__\n", "/healthz": "ok"}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = PAGES.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("content-type", "text/plain")
        self.end_headers()
        self.wfile.write((body or "not found\n").encode())


def create(port):
    return ThreadingHTTPServer(("", port), Handler)


if __name__ == "__main__":
    server = create(int(os.environ.get("PORT", "8080")))
    # shutdown() waits for the loop that the signal has interrupted, so it needs a thread of its own.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()
