import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Client, Reply } from '../operations/reply.js';
import { problemOf } from './problem.js';
import { sendJson, sendProblem, setTiming } from './send.js';

// The response, not the request, tells that the client went away: the request's own close event also comes
// when its body has been read.
const isGone = (raw: ServerResponse): boolean => raw.destroyed || raw.socket?.writable !== true;

/** The client of one request: gone once its connection closed before the reply was written. */
export const clientOf = (raw: ServerResponse): Client => ({
  get gone() {
    return isGone(raw) && !raw.writableFinished;
  },
  onGone(run) {
    if (raw.closed || raw.destroyed) {
      if (!raw.writableFinished) run();
      return;
    }
    raw.once('close', () => {
      if (!raw.writableFinished) run();
    });
  },
});

/**
 * Writes a reply and settles it, exactly once: delivered when the last byte was handed to a live connection,
 * not delivered when the connection closed before.
 */
export const deliver = (reply: FastifyReply, result: Reply): void => {
  const { raw } = reply;
  if (isGone(raw)) {
    result.settle(false);
    return;
  }
  const settle = once(result.settle.bind(result));
  // A response finishes also when its last write failed, so the connection has to be asked as well.
  const { socket } = raw;
  raw.once('finish', () => settle(socket?.destroyed === false && socket.errored === null));
  raw.once('close', () => settle(false));
  try {
    write(reply, result);
  } catch (error) {
    settle(false);
    throw error;
  }
};

const once = (settle: (delivered: boolean) => void): ((delivered: boolean) => void) => {
  let settled = false;
  return (delivered) => {
    if (settled) return;
    settled = true;
    settle(delivered);
  };
};

const write = (reply: FastifyReply, result: Reply): void => {
  const { answer, context, operation, location, timing, faults = [] } = result;
  setTiming(reply, timing);
  if (faults.length > 0) reply.header('winsockd-fault', faults.join(', '));
  if (!answer.ok) {
    sendProblem(reply, problemOf(answer, { requestId: reply.request.id, operation, ...context }));
    return;
  }
  if (location !== undefined) reply.header('location', location);
  sendJson(reply, location === undefined ? 200 : 201, answer.value);
};
