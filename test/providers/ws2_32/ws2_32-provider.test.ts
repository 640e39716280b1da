import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { Ws2_32Provider } from '../../../src/providers/ws2_32/ws2_32-provider.js';

describe('Ws2_32Provider', { skip: process.platform !== 'win32' && 'needs Windows, or Wine' }, () => {
  it('dispose, even twice, leaves Winsock usable for other code of the process', async () => {
    const provider = Ws2_32Provider.load();
    provider.dispose();
    provider.dispose();
    const server = createServer((socket) => socket.end('still here')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address);
    const [data] = await once(connect(address.port, '127.0.0.1'), 'data');
    assert.equal(String(data), 'still here');
    server.close();
  });

  it('can be loaded again beside another instance', () => {
    const [one, other] = [Ws2_32Provider.load(), Ws2_32Provider.load()];
    one.dispose();
    assert.ok(other.enumProtocols().ok);
    other.dispose();
  });

  it('reads the catalog at load and in enumProtocols, but not for a socket', (t) => {
    const provider = Ws2_32Provider.load();
    t.after(() => provider.dispose());
    const known = provider.protocols;
    const tcp = known.find((entry) => entry.protocol === 6);
    assert.ok(tcp);
    const made = provider.socket(tcp, 0);
    assert.ok(made.ok && provider.close(made.value).ok);
    assert.equal(provider.protocols, known);
    assert.deepEqual(provider.enumProtocols(), { ok: true, value: known });
    assert.notEqual(provider.protocols, known);
  });

  it('checks numbers before they reach a native call', (t) => {
    const provider = Ws2_32Provider.load();
    t.after(() => provider.dispose());
    const catalog = provider.enumProtocols();
    assert.ok(catalog.ok);
    const tcp = catalog.value.find((entry) => entry.protocol === 6);
    assert.ok(tcp);
    const made = provider.socket(tcp, 0);
    assert.ok(made.ok);
    const nothing = new Uint8Array(0);
    assert.throws(() => provider.socket(tcp, 2 ** 40), RangeError);
    assert.throws(() => provider.listen(made.value, Number.NaN), RangeError);
    assert.throws(() => provider.send(made.value, nothing, 2 ** 32), RangeError);
    assert.throws(() => provider.recv(made.value, nothing, 1.5), RangeError);
    assert.ok(provider.close(made.value).ok);
  });
});
