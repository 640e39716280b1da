/** Exports of journals, and the programs that read or run them. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { folder } from '../../places.js';
import { ALICE, type TestDaemon, type TestSocket } from '../test-daemon.js';

export const fileOf = (t: TestContext, name: string, content: string | Buffer): string => {
  const path = join(folder(t), name);
  writeFileSync(path, content);
  return path;
};

/** A downloaded file: its bytes and its media type. */
export const download = async (
  daemon: TestDaemon,
  path: string,
): Promise<{ bytes: Buffer; type: string }> => {
  const request = http.get(`${daemon.url}${path}`, {
    headers: { authorization: `Bearer ${ALICE}` },
    agent: false,
  });
  const [response] = await once(request, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  assert.equal(response.statusCode, 200, Buffer.concat(chunks).toString());
  return { bytes: Buffer.concat(chunks), type: response.headers['content-type'] };
};

export const capture = async (t: TestContext, daemon: TestDaemon, id: string): Promise<string> => {
  const { bytes, type } = await download(daemon, `/v1/sockets/${id}/journal.pcapng`);
  assert.equal(type, 'application/vnd.tcpdump.pcap');
  return fileOf(t, 'socket.pcapng', bytes);
};

/** tshark checks checksums; it neither guesses protocols by port nor looks up names. */
const CHECKS = ['tcp', 'ip', 'udp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);
const ONLY = ['-n', ...['tcp', 'udp'].flatMap((name) => ['-d', `${name}.port==1-65535,data`])];

/** Remarks of tshark about every connection and about some UDP ports, and the comments of the export. */
const ORDINARY =
  /^(?:Possible traceroute: hop #\d+, attempt #\d+|Connection establish (?:request|acknowledge)|Connection finish|Connection reset|This frame (?:initiates|undergoes) the connection closing|(?:\d+ earlier calls are missing; )?\w+ \(journal \d+\)(?:; \d+ of \d+ bytes were not captured)?$|(?:cleanup|relay-reset)$)/;

/**
 * Fields that show what is wrong with a packet: packets are in the order of time, and no analysis has a flag.
 */
const OBJECTIONS = ['frame.time_delta', 'tcp.analysis.flags', '_ws.expert.message'];

/**
 * The fields that tshark shows of a capture, a line for each packet, separated by commas; tshark must have no
 * objection. One run asks for everything: its start takes most of the time.
 */
export const tshark = async (file: string, ...fields: string[]): Promise<string[]> => {
  const shown = [...OBJECTIONS, ...fields].flatMap((field) => ['-e', field]);
  const format = ['-T', 'fields', '-E', 'aggregator=|', '-E', 'separator=/t', ...shown];
  const { code, out, err } = await outcomeOf('tshark', ['-r', file, ...CHECKS, ...ONLY, ...format]);
  assert.deepEqual([code, err.replace(/^Running as user .*\n/m, '')], [0, '']);
  const packets = out
    .split('\n')
    .slice(0, -1)
    .map((packet) => packet.split('\t'));
  const remarks = packets.flatMap(([, , remark = '']) => remark.split('|'));
  assert.deepEqual(
    remarks.filter((remark) => remark !== '' && !ORDINARY.test(remark)),
    [],
  );
  for (const [delta = '', flags, ...rest] of packets) {
    assert.ok(Number(delta) >= 0 && flags === '', [delta, flags, ...rest].join(' '));
  }
  return packets.map((packet) => packet.slice(OBJECTIONS.length).join(','));
};

const FIELDS = ['srcport', 'dstport', 'flags.str', 'len'].map((name) => `tcp.${name}`);

/** Each segment as `> flags length` (sent by that port) or `< flags length`. */
export const segments = async (file: string, port: number): Promise<string[]> =>
  (await tshark(file, ...FIELDS)).map((line) => {
    const [from, , flags = '', length] = line.split(',');
    const letters = [...flags].filter((letter) => /[A-Z]/.test(letter)).join('');
    return `${Number(from) === port ? '>' : '<'} ${letters} ${length}`;
  });

export const portOf = async (socket: TestSocket): Promise<number> => (await socket.sockName()).port;

/** Lines of a program's output, one after the other. */
export const lineReader = (child: ChildProcess): (() => Promise<string>) => {
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

/**
 * Runs an exported program against the daemon.
 *
 * @param access how the program gets the token
 */
export const run = async (
  file: string,
  daemon: TestDaemon,
  access: NodeJS.ProcessEnv = { WINSOCKD_TOKEN: ALICE },
): Promise<{ code: number; out: string; err: string }> => {
  // No proxy listens there: a program that used it would fail.
  const env = {
    PATH: process.env.PATH,
    WINSOCKD_URL: daemon.url,
    http_proxy: 'http://127.0.0.1:9',
    ...access,
  };
  return outcomeOf('python3', [file], env);
};

export const outcomeOf = async (
  command: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<{ code: number; out: string; err: string }> => {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
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
