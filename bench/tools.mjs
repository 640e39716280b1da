import { join } from 'node:path';
import { startDaemon } from './daemon.mjs';
import { bench, checkout } from './places.mjs';
import { run, startServer } from './programs.mjs';

/**
 * @typedef {object} Sample the result of one measurement
 * @property {number} cpu microseconds of user and system time of the measured process, for each call
 * @property {number} rate calls a second
 * @property {number} p50 microseconds of one pass of the repeated calls
 * @property {number} p99
 */

/** The tools of the parts. */
export class Tools {
  /**
   * @param {Record<string, string>} programs the built ones
   * @param {ReturnType<import('./arguments.mjs').readArguments>} options
   */
  constructor(programs, options) {
    this.programs = programs;
    this.options = options;
  }

  /** @returns {Promise<string>} the ports of a new echo server, with commas between */
  async startEchoServer() {
    const { line } = await startServer([this.programs['echo-server']]);
    return line;
  }

  /** @param {string} path below bench/ */
  async startFloor(path) {
    const { child, line } = await startServer([process.execPath, join(bench, path)]);
    return { pid: child.pid, port: Number(line) };
  }

  /** The daemon of this checkout, or of another. */
  startDaemon(options = {}, from = checkout) {
    return startDaemon(from, options);
  }

  /**
   * Runs clients that repeat a conversation.
   *
   * @param {{ pid: number, port: number, token?: string }} server
   * @param {string} conversation
   * @param {number} connections
   * @param {{ ports?: string, passes?: number }} [more]
   * @returns {Promise<Sample>}
   */
  async load({ pid, port, token }, conversation, connections, { ports = '', passes } = {}) {
    const argv = [this.programs['http-load'], '-p', port, '-c', connections, '-s', pid, '-e', ports];
    const until = passes === undefined ? ['-t', this.options.seconds] : ['-n', passes, '-w', 0];
    const { BENCH_TOKEN: _, ...env } = process.env;
    return sampleOf(
      await run([...argv, ...until].map(String), {
        input: conversation,
        env: token === undefined ? env : { ...env, BENCH_TOKEN: token },
      }),
    );
  }

  /** @param {'lifecycle' | 'echo'} what */
  async raw(what, ports) {
    return sampleOf(await run([this.programs['raw-sockets'], what, String(this.options.seconds), ports]));
  }

  async nodeNet(ports, atOnce) {
    const argv = [process.execPath, join(bench, 'floors/node-net.mjs')];
    return sampleOf(await run([...argv, String(this.options.seconds), ports, String(atOnce)]));
  }
}

/** @returns {Sample} */
export function sampleOf(json) {
  const { calls, seconds, cpuMicroseconds, p50, p99 } = JSON.parse(json);
  if (calls === 0) throw new Error('no call was measured');
  return { cpu: cpuMicroseconds / calls, rate: calls / seconds, p50, p99 };
}
