import assert from 'node:assert/strict';
import test from 'node:test';
import { build } from '../build.js';

const CLOSE = '/v1/sockets/sck_1/close';

test("a request has no Origin, the daemon's own, or an allowed one", async (t) => {
  const { port, api } = await build(t, { allowedOrigins: ['https://rig.example:8443'] });
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await api.post(CLOSE, undefined, { headers })).status;
  const own = `http://127.0.0.1:${port}`;
  assert.equal(await status({ origin: own }), 200);
  assert.equal(await status({ origin: own, 'sec-fetch-site': 'same-origin' }), 200);
  assert.equal(await status({ origin: 'https://rig.example:8443', 'sec-fetch-site': 'cross-site' }), 200);
  assert.equal(await status({ 'sec-fetch-site': 'none' }), 200);
  assert.equal(await status({ referer: `${own}/docs` }), 200);
  const denied = [
    ...[
      'null',
      'http://evil.example',
      `https://127.0.0.1:${port}`,
      `http://localhost:${port}`,
      `${own}.evil.example`,
    ],
    ...[
      `${own}/`,
      'http://127.0.0.1',
      'http://127.0.0.1:1',
      'https://rig.example',
      'https://RIG.example:8443',
      '',
    ],
    ...[
      'https://rig.example:8443.',
      'https://x.rig.example:8443',
      'https://rig.example:84433',
      `${own}, ${own}`,
    ],
  ];
  for (const origin of denied) assert.equal(await status({ origin }), 403, origin);
  for (const referer of ['http://evil.example/', 'nonsense', `http://evil.example/${own}`]) {
    assert.equal(await status({ referer }), 403, referer);
  }
  for (const site of ['cross-site', 'same-site', 'same-origin, cross-site', 'x']) {
    assert.equal(await status({ 'sec-fetch-site': site }), 403, site);
  }
  assert.equal(await status({ origin: own, 'sec-fetch-site': 'cross-site' }), 403);
});

test('a Referer counts as the Origin of a request without Origin', async (t) => {
  const { port, api } = await build(t, { allowedOrigins: ['https://rig.example:8443'] });
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await api.post(CLOSE, undefined, { headers })).status;
  assert.equal(await status({ referer: 'https://rig.example:8443/page' }), 200);
  assert.equal(await status({ referer: 'https://rig.example/page' }), 403);
  // Sec-Fetch-Site, which the browser sets, overrides the Referer.
  const own = `http://127.0.0.1:${port}/docs`;
  assert.equal(await status({ referer: own, 'sec-fetch-site': 'same-origin' }), 200);
  assert.equal(await status({ referer: own, 'sec-fetch-site': 'cross-site' }), 403);
});
