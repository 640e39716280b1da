import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { PosixProvider } from '../../../src/providers/posix/posix-provider.js';
import type { SocketAddress } from '../../../src/winsock/addresses.js';
import { bytes, Rig, refused, value } from '../contract/rig.js';

/** Peers that are not part of this project. */

const local = (port: number): SocketAddress => ({ family: 'AF_INET', address: '127.0.0.1', port });

const { CI } = process.env;

/** Why a test that needs the tool is skipped; in CI it fails instead. */
const missing = (tool: string, flag: string): string | false =>
  CI !== 'true' && spawnSync(tool, [flag]).error ? `${tool} is not installed` : false;
const noPython = missing('python3', '--version');
const noSocat = missing('socat', '-V');

const rigOf = (t: TestContext): Rig => {
  const rig = new Rig(PosixProvider.load(), {});
  t.after(() => {
    rig.end();
    rig.provider.dispose();
  });
  return rig;
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

const connected = async (rig: Rig, port: number) => {
  const client = rig.stream();
  rig.begin(client, local(port));
  value(await rig.ended(client));
  return client;
};

describe('peers', () => {
  it('python3 http.server answers a request and ends', { skip: noPython }, async (t) => {
    const root = mkdtempSync(join(tmpdir(), 'winsockd-'));
    t.after(() => rmSync(root, { recursive: true }));
    const args = ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1'];
    const port = await portIn(started(t, 'python3', args, root).stdout, /port (\d+)/);
    const rig = rigOf(t);
    const client = await connected(rig, port);
    await rig.sendAll(client, bytes('GET / HTTP/1.0\r\n\r\n'));
    value(rig.provider.sendDisconnect(client));
    const reply = (await rig.recvAll(client)).toString('latin1');
    assert.match(reply, /^HTTP\/1\.0 200 OK\r\n/);
    assert.match(reply, /<\/html>\s*$/);
  });

  it('socat counts the bytes before sendDisconnect, and its answer is read after it', {
    skip: noSocat,
  }, async (t) => {
    const args = ['-d', '-d', '-t', '60', 'TCP-LISTEN:0,bind=127.0.0.1', 'SYSTEM:wc -c'];
    const port = await portIn(started(t, 'socat', args).stderr, /listening on .*:(\d+)/);
    const rig = rigOf(t);
    const client = await connected(rig, port);
    await rig.sendAll(client, Buffer.alloc(1_000_000));
    value(rig.provider.sendDisconnect(client));
    assert.equal((await rig.recvAll(client)).toString().trim(), '1000000');
    await rig.until('everything is acknowledged', () => value(rig.provider.unsent(client)) === 0);
  });

  it('socat resets a connection', { skip: noSocat }, async (t) => {
    const rig = rigOf(t);
    const listener = rig.listener();
    started(t, 'socat', ['-u', 'OPEN:/dev/null', `TCP:127.0.0.1:${listener.address.port},linger=0`]);
    const { handle } = await rig.accept(listener.handle);
    await rig.ready(handle, { read: true });
    // The reset may come shortly after the end that shutdown sent.
    await rig.until('the reset comes', () => {
      rig.provider.send(handle, bytes('x'), 0);
      return !rig.provider.send(handle, bytes('x'), 0).ok;
    });
    refused(rig.provider.send(handle, bytes('x'), 0), 'WSAECONNABORTED');
    refused(rig.provider.recv(handle, new Uint8Array(8), 0), 'WSAECONNABORTED');
  });

  it('socat echoes a datagram', { skip: noSocat }, async (t) => {
    const rig = rigOf(t);
    const server = rig.datagram();
    const { port } = rig.bind(server);
    started(t, 'socat', ['-t', '60', 'SYSTEM:echo question; cat', `UDP:127.0.0.1:${port}`]);
    await rig.ready(server, { read: true });
    const into = Buffer.alloc(64);
    const got = value(rig.provider.recvFrom(server, into, 0));
    assert.equal(into.toString('latin1', 0, got.bytes), 'question\n');
    assert.ok(got.from);
    value(rig.provider.sendTo(server, bytes('answer\n'), 0, got.from));
    await rig.ready(server, { read: true });
    const echo = value(rig.provider.recv(server, into, 0));
    assert.equal(into.toString('latin1', 0, echo.bytes), 'answer\n');
  });
});
