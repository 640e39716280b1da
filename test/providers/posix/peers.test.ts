import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { PosixProvider } from '../../../src/providers/posix/posix-provider.js';
import type { SocketAddress } from '../../../src/winsock/addresses.js';
import { bytes, CaseSockets, refused, value } from '../contract/case-sockets.js';

/** Peers that are not part of this project. */

const local = (port: number): SocketAddress => ({ family: 'AF_INET', address: '127.0.0.1', port });

const { CI } = process.env;

/** Why a test that needs the tool is skipped; in CI it fails instead. */
const missing = (tool: string, flag: string): string | false =>
  CI !== 'true' && spawnSync(tool, [flag]).error ? `${tool} is not installed` : false;
const noPython = missing('python3', '--version');
const noSocat = missing('socat', '-V');

const posixSockets = (t: TestContext): CaseSockets => {
  const sockets = new CaseSockets(PosixProvider.load(), {});
  t.after(() => {
    sockets.end();
    sockets.provider.dispose();
  });
  return sockets;
};

const started = (t: TestContext, command: string, args: readonly string[], cwd?: string): ChildProcess => {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(cwd ? { cwd } : {}) });
  t.after(() => child.kill('SIGKILL'));
  return child;
};

/** The port in the output of a tool that listens. */
const portIn = (stream: Readable | null, pattern: RegExp): Promise<number> =>
  new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`no port in ${JSON.stringify(text)}`)), 60_000);
    stream?.on('data', (part: Buffer) => {
      text += part.toString();
      const port = pattern.exec(text)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
  });

const connected = async (sockets: CaseSockets, port: number) => {
  const client = sockets.stream();
  sockets.begin(client, local(port));
  value(await sockets.ended(client));
  return client;
};

describe('peers', () => {
  it('python3 http.server answers a request and ends', { skip: noPython }, async (t) => {
    const root = mkdtempSync(join(tmpdir(), 'winsockd-'));
    t.after(() => rmSync(root, { recursive: true }));
    const args = ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1'];
    const port = await portIn(started(t, 'python3', args, root).stdout, /port (\d+)/);
    const sockets = posixSockets(t);
    const client = await connected(sockets, port);
    await sockets.sendAll(client, bytes('GET / HTTP/1.0\r\n\r\n'));
    value(sockets.provider.sendDisconnect(client));
    const reply = (await sockets.recvAll(client)).toString('latin1');
    assert.match(reply, /^HTTP\/1\.0 200 OK\r\n/);
    assert.match(reply, /<\/html>\s*$/);
  });

  it('socat counts the bytes before sendDisconnect, and its answer is read after it', {
    skip: noSocat,
  }, async (t) => {
    const args = ['-d', '-d', '-t', '60', 'TCP-LISTEN:0,bind=127.0.0.1', 'SYSTEM:wc -c'];
    const port = await portIn(started(t, 'socat', args).stderr, /listening on .*:(\d+)/);
    const sockets = posixSockets(t);
    const client = await connected(sockets, port);
    await sockets.sendAll(client, Buffer.alloc(1_000_000));
    value(sockets.provider.sendDisconnect(client));
    assert.equal((await sockets.recvAll(client)).toString().trim(), '1000000');
    await sockets.until('everything is acknowledged', () => value(sockets.provider.unsent(client)) === 0);
  });

  it('socat resets a connection', { skip: noSocat }, async (t) => {
    const sockets = posixSockets(t);
    const listener = sockets.listener();
    started(t, 'socat', ['-u', 'OPEN:/dev/null', `TCP:127.0.0.1:${listener.address.port},linger=0`]);
    const { handle } = await sockets.accept(listener.handle);
    await sockets.ready(handle, { read: true });
    // The reset may come shortly after the end that shutdown sent.
    await sockets.until('the reset comes', () => {
      sockets.provider.send(handle, bytes('x'), 0);
      return !sockets.provider.send(handle, bytes('x'), 0).ok;
    });
    refused(sockets.provider.send(handle, bytes('x'), 0), 'WSAECONNABORTED');
    refused(sockets.provider.recv(handle, new Uint8Array(8), 0), 'WSAECONNABORTED');
  });

  it('socat echoes a datagram', { skip: noSocat }, async (t) => {
    const sockets = posixSockets(t);
    const server = sockets.datagram();
    const { port } = sockets.bind(server);
    started(t, 'socat', ['-t', '60', 'SYSTEM:echo question; cat', `UDP:127.0.0.1:${port}`]);
    await sockets.ready(server, { read: true });
    const into = Buffer.alloc(64);
    const got = value(sockets.provider.recvFrom(server, into, 0));
    assert.equal(into.toString('latin1', 0, got.bytes), 'question\n');
    assert.ok(got.from);
    value(sockets.provider.sendTo(server, bytes('answer\n'), 0, got.from));
    await sockets.ready(server, { read: true });
    const echo = value(sockets.provider.recv(server, into, 0));
    assert.equal(into.toString('latin1', 0, echo.bytes), 'answer\n');
  });
});
