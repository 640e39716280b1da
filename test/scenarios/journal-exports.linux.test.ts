/** The exports of a journal, judged by the programs that they are made for. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { folder } from '../places.js';
import { line, needs, start } from '../programs.js';
import { ALICE, begin, type Driven, loopback, PROVIDERS, type Rig, rig } from './rig.js';

const fileOf = (t: TestContext, name: string, content: string | Buffer): string => {
  const path = join(folder(t), name);
  writeFileSync(path, content);
  return path;
};

/** A file as it is served: its bytes and its media type. */
const download = async (r: Rig, path: string): Promise<{ bytes: Buffer; type: string }> => {
  const request = http.get(`${r.url}${path}`, {
    headers: { authorization: `Bearer ${ALICE}` },
    agent: false,
  });
  const [response] = await once(request, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  assert.equal(response.statusCode, 200, Buffer.concat(chunks).toString());
  return { bytes: Buffer.concat(chunks), type: response.headers['content-type'] };
};

const capture = async (t: TestContext, r: Rig, id: string): Promise<string> => {
  const { bytes, type } = await download(r, `/v1/sockets/${id}/journal.pcapng`);
  assert.equal(type, 'application/vnd.tcpdump.pcap');
  return fileOf(t, 'socket.pcapng', bytes);
};

/** Checksums are checked; what lies on a port is not guessed at. */
const CHECKS = ['tcp', 'ip', 'udp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);
const ONLY = ['tcp', 'udp'].flatMap((name) => ['-d', `${name}.port==1-65535,data`]);

/** What tshark says of every connection that begins and ends; and our comments. */
const ORDINARY =
  /^(?:Connection establish (?:request|acknowledge)|Connection finish|Connection reset|This frame (?:initiates|undergoes) the connection closing|\w+ \(journal \d+\)$)/;

/** What tshark shows of a capture; it must have nothing to say about it. */
const tshark = (file: string, ...args: string[]): string[] => {
  const run = (...more: string[]): string => {
    const { status, stdout, stderr } = spawnSync('tshark', ['-r', file, ...CHECKS, ...ONLY, ...more]);
    const said = stderr.toString().replace(/^Running as user .*\n/m, '');
    assert.deepEqual([status, said], [0, '']);
    return stdout.toString();
  };
  const remarks = run('-T', 'fields', '-E', 'aggregator=|', '-e', '_ws.expert.message').split(/[|\n]/);
  assert.deepEqual(
    remarks.filter((remark) => remark !== '' && !ORDINARY.test(remark)),
    [],
  );
  // The order of the file is the order of time.
  assert.equal(run('-Y', 'frame.time_delta < 0 or tcp.analysis.flags'), '');
  return run(...args)
    .trim()
    .split('\n');
};

const FIELDS = ['srcport', 'dstport', 'flags.str', 'len'].flatMap((name) => ['-e', `tcp.${name}`]);

/** Each segment as `> flags length` (sent by that port) or `< flags length`. */
const segments = (file: string, port: number): string[] =>
  tshark(file, '-T', 'fields', '-E', 'separator=,', ...FIELDS).map((line) => {
    const [from, , flags = '', length] = line.split(',');
    const letters = [...flags].filter((letter) => /[A-Z]/.test(letter)).join('');
    return `${Number(from) === port ? '>' : '<'} ${letters} ${length}`;
  });

const portOf = async (socket: Driven): Promise<number> => (await socket.sockName()).port;

for (const provider of PROVIDERS) {
  test(`tshark on ${provider}: handshake, data, a half-close, both ends`, async (t) => {
    if (!needs(t, 'tshark')) return;
    const r = await rig(t);
    const session = await begin(r, provider);
    for (const family of ['AF_INET', 'AF_INET6'] as const) {
      const [socket, peer] = await session.pair(family);
      const port = await portOf(socket);
      await socket.ok('send', { data: { text: 'x'.repeat(4000) } });
      await socket.ok('sendDisconnect');
      await peer.drain();
      await peer.ok('send', { data: { text: 'answer' } });
      await socket.ok('recv', { timeoutMs: 10_000 });
      await peer.ok('sendDisconnect');
      await socket.drain();
      await socket.ok('close');
      assert.deepEqual(segments(await capture(t, r, socket.id), port), [
        ...['> S 0', '< AS 0', '> A 0'],
        ...['> A 1460', '> A 1460', '< A 0', '> AP 1080', '< A 0'],
        ...['> AF 0', '< A 0'],
        ...['< AP 6', '> A 0'],
        ...['< AF 0', '> A 0'],
      ]);
      const accepted = segments(await capture(t, r, peer.id), port);
      assert.deepEqual(
        accepted.slice(0, 3),
        ['> S 0', '< AS 0', '> A 0'],
        'the same handshake on the other side',
      );
    }
  });

  test(`tshark on ${provider}: an abortive close, a refused connect, a large send`, async (t) => {
    if (!needs(t, 'tshark')) return;
    const r = await rig(t);
    const session = await begin(r, provider);
    const [socket, peer] = await session.pair();
    const port = await portOf(socket);
    const sending = socket.ok('send', { data: { base64: Buffer.alloc(300_000).toString('base64') } });
    for (let left = 300_000; left > 0; ) left -= (await peer.ok('recv', { timeoutMs: 10_000 })).bytesReceived;
    await sending;
    await socket.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
    await socket.ok('close');
    await peer.problem('recv', { timeoutMs: 10_000 });
    assert.equal(segments(await capture(t, r, socket.id), port).at(-1), '> AR 0');
    assert.equal(segments(await capture(t, r, peer.id), port).at(-1), '> AR 0');
    const listener = await session.listener();
    const address = await listener.sockName();
    await listener.ok('close');
    const refused = await session.stream();
    await refused.problem('connect', { address });
    const seen = segments(await capture(t, r, refused.id), address.port);
    assert.deepEqual(seen, ['< S 0', '> AR 0']);
  });

  test(`tshark on ${provider}: datagrams with what was captured of them`, async (t) => {
    if (!needs(t, 'tshark')) return;
    const r = await rig(t);
    const session = await begin(r, provider);
    const a = await session.socket({ family: 'AF_INET', type: 'SOCK_DGRAM', capture: { maxBytes: 3 } });
    const b = await session.datagram();
    await b.ok('bind', { address: loopback('AF_INET', 0) });
    const to = await b.sockName();
    await a.ok('sendTo', { data: { text: 'abcdef' }, address: to });
    const { address } = await b.ok('recvFrom', { timeoutMs: 10_000 });
    await b.ok('sendTo', { data: { text: 'g' }, address });
    await a.ok('recvFrom', { timeoutMs: 10_000 });
    const fields = ['srcport', 'length', 'payload'].flatMap((name) => ['-e', `udp.${name}`]);
    const lines = tshark(await capture(t, r, a.id), '-T', 'fields', '-E', 'separator=,', ...fields);
    assert.deepEqual(lines, [`${address.port},14,616263000000`, `${to.port},9,67`]);
  });
}

/** A server that hears everything, says something, and ends; again and again on one port. */
const PEER = `
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', 0))
s.listen()
print('port', s.getsockname()[1], flush=True)
while True:
    c, _ = s.accept()
    heard = 0
    while True:
        data = c.recv(65536)
        if not data:
            break
        heard += len(data)
    c.sendall(b'%d heard' % heard)
    c.close()
    print('heard', heard, flush=True)
`;

/** Lines of a program's output, one after the other. */
const lineReader = (child: ChildProcess): (() => Promise<string>) => {
  let text = '';
  const more: (() => void)[] = [];
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    for (const wake of more.splice(0)) wake();
  });
  return async () => {
    for (;;) {
      const end = text.indexOf('\n');
      if (end >= 0) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        return line;
      }
      await new Promise<void>((resolve) => more.push(resolve));
    }
  };
};

const run = async (
  command: string,
  file: string,
  r: Rig,
): Promise<{ code: number; out: string; err: string }> => {
  const env = { PATH: process.env.PATH, WINSOCKD_URL: r.url, WINSOCKD_TOKEN: ALICE, no_proxy: '127.0.0.1' };
  const child = spawn(command, [file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { code, out, err };
};

const SCRIPTS = [
  { command: 'bash', extension: 'sh', type: 'text/x-shellscript; charset=utf-8' },
  { command: 'python3', extension: 'py', type: 'text/x-python; charset=utf-8' },
] as const;

for (const { command, extension, type } of SCRIPTS) {
  test(`the ${extension} script repeats a client's life against a python peer, and notices a difference`, async (t) => {
    if (!needs(t, 'python3') || !needs(t, command) || (extension === 'sh' && !needs(t, 'curl'))) return;
    const peer = start(t, 'python3', ['-u', '-c', PEER]);
    const next = lineReader(peer);
    const port = Number((await next()).split(' ')[1]);
    const r = await rig(t);
    const session = await begin(r, 'posix');
    const socket = await session.socket({
      family: 'AF_INET',
      type: 'SOCK_STREAM',
      capture: { maxBytes: 64 },
    });
    await socket.problem('sendDisconnect');
    await socket.setOption('SOL_SOCKET', 'SO_KEEPALIVE', { boolean: true });
    await socket.problem('connect', { address: { family: 'AF_INET', address: '192.0.2.1', port: 9 } });
    await socket.ok('connect', { address: loopback('AF_INET', port) });
    await socket.ok('send', { data: { text: `it's "quoted" $HOME \`id\` \\ é` } });
    await socket.ok('send', { data: { base64: Buffer.alloc(200_000).toString('base64') } });
    await socket.problem('send', { data: { text: 'short', len: 50 } });
    await r.api.ok.get(`/v1/sockets/${socket.id}/peerName`);
    await socket.ok('sendDisconnect');
    await socket.problem('send', { data: { text: 'late' } });
    assert.match(await socket.drain(), /heard/);
    await socket.ok('close');
    const heard = await next();
    const served = await download(r, `/v1/sockets/${socket.id}/journal.${extension}`);
    assert.equal(served.type, type);
    const script = served.bytes.toString();
    const same = await run(command, fileOf(t, `life.${extension}`, script), r);
    assert.equal(same.code, 0, same.out + same.err);
    assert.equal(await next(), heard, 'the peer heard as many bytes');
    for (const line of [
      /startup: 201 -/,
      /sendDisconnect: 409 10057/,
      /connect: 403 destination-denied/,
      /send: 422 10014/,
    ]) {
      assert.match(same.out, line);
    }
    assert.equal((await r.api.ok.get('/v1/sessions')).sessions.length, 1, 'it ended what it began');
    peer.kill();
    await once(peer, 'exit');
    const other = await run(command, fileOf(t, `other.${extension}`, script), r);
    assert.equal(other.code, 1, other.out);
    assert.match(other.err, /connect: 502 10061, it was 200 -|connect: \d+ 10061, it was 200 -/);
  });

  test(`the ${extension} script repeats calls that others interrupted`, async (t) => {
    if (!needs(t, command)) return;
    const r = await rig(t);
    const [socket] = await (await begin(r, 'lab')).pair();
    void socket;
    const datagram = await (await begin(r, 'posix')).datagram();
    await datagram.ok('bind', { address: loopback('AF_INET', 0) });
    const waiting = datagram.problem('recvFrom');
    await datagram.untilBusy();
    await datagram.ok('cancel');
    assert.equal((await waiting).name, 'WSA_OPERATION_ABORTED');
    await datagram.ok('close');
    await datagram.problem('send', { data: { text: 'gone' } });
    const { bytes } = await download(r, `/v1/sockets/${datagram.id}/journal.${extension}`);
    const same = await run(command, fileOf(t, `life.${extension}`, bytes), r);
    assert.equal(same.code, 0, same.out + same.err);
    assert.match(same.out, /recvFrom: \d+ 995/);
    assert.match(same.out, /send: 410 10038/);
  });
}

test('the script of an accepted socket opens its listener first', async (t) => {
  if (!needs(t, 'python3')) return;
  const r = await rig(t);
  const session = await begin(r, 'posix');
  const listener = await session.listener();
  const address = await listener.sockName();
  const client = await session.stream();
  await client.ok('connect', { address });
  const { socketId } = await listener.ok('accept', { timeoutMs: 10_000 });
  await r.api.ok.delete(`/v1/sockets/${socketId}`);
  await listener.ok('close');
  const { bytes } = await download(r, `/v1/sockets/${socketId}/journal.py`);
  // A listener of its own has a port of its own: nobody comes, and the accept ends differently.
  const script = bytes.toString().replace('{\\"timeoutMs\\":10000}', '{\\"timeoutMs\\":50}');
  const { code, out, err } = await run('python3', fileOf(t, 'life.py', script), r);
  assert.deepEqual([code, /bind: 200 -\n.*listen: 200 -/.test(out)], [1, true], out + err);
  assert.match(err, /accept: \d+ 10060, it was 201 -/);
});

test('the transcript is the journal, a line an entry', async (t) => {
  const r = await rig(t);
  const session = await begin(r, 'lab');
  const socket = await session.datagram();
  await socket.ok('bind', { address: loopback('AF_INET', 0) });
  for (let i = 0; i < 1200; i++) await socket.problem('listen', { backlog: 1 });
  const { bytes, type } = await download(r, `/v1/sockets/${socket.id}/journal.ndjson`);
  assert.equal(type, 'application/x-ndjson; charset=utf-8');
  const lines = bytes.toString().trimEnd().split('\n');
  const { entries } = await r.api.ok.get(`/v1/sockets/${socket.id}/journal?limit=1000`);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    entries,
  );
});

test('an AF_UNIX socket has scripts that repeat it, and no packets', async (t) => {
  if (!needs(t, 'python3') || !needs(t, 'socat')) return;
  const place = folder(t);
  const path = join(place, 'echo.sock');
  const own = join(place, 'own.sock');
  const echo = start(t, 'socat', ['-d', '-d', `UNIX-LISTEN:${path},fork`, 'EXEC:cat']);
  await line(echo.stderr, /listening on/);
  const paths = { allow: [], unixPaths: [`${place}/`] };
  const r = await rig(t, { config: { policy: { connect: paths, bind: paths } } });
  const session = await begin(r, 'posix');
  const socket = await session.socket({ family: 'AF_UNIX', capture: { maxBytes: 64 } });
  await socket.problem('connect', { address: { family: 'AF_UNIX', path: '/var/run/docker.sock' } });
  await socket.ok('bind', { address: { family: 'AF_UNIX', path: own } });
  await socket.ok('connect', { address: { family: 'AF_UNIX', path } });
  await socket.ok('send', { data: { text: 'hello' } });
  await socket.ok('sendDisconnect');
  assert.equal(await socket.drain(), 'hello');
  await socket.ok('close');
  const refused = await r.api.problem.get(`/v1/sockets/${socket.id}/journal.pcapng`);
  assert.deepEqual([refused.status, refused.type], [404, '/problems/not-found']);
  assert.match(refused.detail, /travel in no packets/);
  const { bytes } = await download(r, `/v1/sockets/${socket.id}/journal.ndjson`);
  assert.match(bytes.toString(), new RegExp(`"remoteAddress":{"family":"AF_UNIX","path":"${path}"}`));
  for (const { command, extension } of SCRIPTS) {
    if (!needs(t, command)) return;
    const served = await download(r, `/v1/sockets/${socket.id}/journal.${extension}`);
    const script = served.bytes.toString();
    assert.ok(script.includes(`# The file "${own}" must not be there: no close has removed it.`));
    const there = await run(command, fileOf(t, `life.${extension}`, script), r);
    assert.deepEqual([there.code, /bind: 409 10048, it was 200 -/.test(there.err)], [1, true], there.err);
    rmSync(own);
    const same = await run(command, fileOf(t, `life.${extension}`, script), r);
    assert.equal(same.code, 0, same.out + same.err);
    assert.match(same.out, /connect: 403 destination-denied\n[\s\S]*connect: 200 -\n/);
  }
});

test('a path that was tried in vain on TCP is no packet', async (t) => {
  if (!needs(t, 'tshark')) return;
  const place = folder(t);
  const paths = { allow: ['127.0.0.0/8'], unixPaths: [`${place}/`] };
  const r = await rig(t, { config: { policy: { connect: paths, bind: paths } } });
  const session = await begin(r, 'posix');
  const listener = await session.listener();
  const socket = await session.stream();
  const wrong = await socket.problem('connect', { address: { family: 'AF_UNIX', path: join(place, 'x') } });
  assert.equal(wrong.name, 'WSAEFAULT');
  await socket.ok('connect', { address: await listener.sockName() });
  assert.deepEqual(segments(await capture(t, r, socket.id), await portOf(socket)), [
    '> S 0',
    '< AS 0',
    '> A 0',
  ]);
});
