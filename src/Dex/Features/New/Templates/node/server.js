import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

export function create() {
  return createServer((request, response) => {
    const body = { '/': 'Hello from __NAME__\n', '/healthz': 'ok' }[request.url];
    response.writeHead(body ? 200 : 404, { 'content-type': 'text/plain' });
    response.end(body ?? 'not found\n');
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = create().listen(process.env.PORT ?? 8080, () => {
    console.log(`listening on ${server.address().port}`);
  });
  // Finish the requests at hand, then end.
  process.on('SIGTERM', () => server.close());
}
