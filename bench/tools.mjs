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
 * @property {number} [p999]
 * @property {number} [max]
 */

/** @typedef {{ pid: number, port: number, token?: string }} Server */

/**
 * @typedef {object} Repetition
 * @property {string} [ports] of the echo server
 * @property {number} [seconds]
 * @property {number} [passes] ends after so many passes instead of by time
 * @property {number} [calls] how many calls a request makes
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
   * Runs clients that repeat a conversation, one pending call on each connection.
   *
   * @param {Server} server
   * @param {string} conversation
   * @param {number} connections
   * @param {Repetition} [more]
   */
  load(server, conversation, connections, more) {
    return this.#clients('http-load', ['-c', connections], server, conversation, more);
  }

  /**
   * Runs clients of JSON-RPC over one WebSocket, each of which repeats a conversation.
   *
   * @param {Server} server
   * @param {string} conversation
   * @param {number} outstanding
   * @param {Repetition} [more]
   */
  loadWebSocket(server, conversation, outstanding, more) {
    return this.#clients('ws-load', ['-u', '/v1/rpc', '-o', outstanding], server, conversation, more);
  }

  /** @returns {Promise<Sample>} */
  async #clients(
    program,
    how,
    { pid, port, token },
    conversation,
    { ports = '', passes, calls, seconds = this.options.seconds } = {},
  ) {
    const argv = [this.programs[program], '-p', port, '-s', pid, '-e', ports, ...how];
    const until = passes === undefined ? ['-t', seconds] : ['-n', passes, '-w', 0];
    const { BENCH_TOKEN: _, ...env } = process.env;
    const output = await run([...argv, ...until].map(String), {
      input: conversation,
      env: token === undefined ? env : { ...env, BENCH_TOKEN: token },
    });
    return sampleOf(output, calls);
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

/**
 * @param {string} json a line of a program
 * @param {number} callsEach how many calls the program counts as one
 * @returns {Sample}
 */
export function sampleOf(json, callsEach = 1) {
  const { calls: counted, seconds, cpuMicroseconds, ...latencies } = JSON.parse(json);
  if (counted === 0) throw new Error('no call was measured');
  const calls = counted * callsEach;
  return { ...latencies, cpu: cpuMicroseconds / calls, rate: calls / seconds };
}
