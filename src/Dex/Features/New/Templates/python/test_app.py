import threading
import unittest
from urllib.error import HTTPError
from urllib.request import urlopen

import app


class PagesTest(unittest.TestCase):
    def setUp(self):
        self.server = app.create(0)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.root = f"http://127.0.0.1:{self.server.server_port}"

    def test_pages_answer(self):
        with urlopen(f"{self.root}/") as response:
            self.assertEqual(response.read(), b"Hello from __NAME__\n")
        with urlopen(f"{self.root}/healthz") as response:
            self.assertEqual(response.status, 200)

    def test_unknown_pages_do_not(self):
        with self.assertRaises(HTTPError) as refused:
            urlopen(f"{self.root}/nothing")
        self.assertEqual(refused.exception.code, 404)
        refused.exception.close()


if __name__ == "__main__":
    unittest.main()
