import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create } from '../server.js';

test('pages answer', async () => {
  const server = create().listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    const root = `http://127.0.0.1:${server.address().port}`;
    assert.equal(await (await fetch(`${root}/`)).text(), 'Hello from __NAME__\n');
    assert.equal((await fetch(`${root}/healthz`)).status, 200);
    assert.equal((await fetch(`${root}/nothing`)).status, 404);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
