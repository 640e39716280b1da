import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { registerStream, type StreamRouteParts } from '../../../src/http/stream/stream-route.js';
import type { Judge } from '../../../src/http/websocket/web-sockets.js';
import { Dispatcher } from '../../../src/operations/dispatch/dispatch.js';
import { OPERATIONS } from '../../../src/operations/list.js';
import { labDaemon } from '../../operations/lab-daemon.js';

test('a request whose connection has ended meanwhile holds neither the socket nor the lease', async () => {
  const { daemon, value } = labDaemon();
  const { sessionId } = await value('startup', {});
  const open = async () => String((await value('socket', { sessionId, family: 'AF_INET' })).socketId);
  const [listener, client] = [await open(), await open()];
  const address = { family: 'AF_INET', address: '127.0.0.1', port: 7 };
  await value('bind', { socketId: listener, address });
  await value('listen', { socketId: listener });
  await value('connect', { socketId: client, address });

  const { dispatch } = new Dispatcher(daemon, OPERATIONS, { unstated: () => {}, lostHandle: () => {} });
  const judges: Judge[] = [];
  const sockets = { judgedRoute: (_scope: unknown, _url: string, judge: Judge) => judges.push(judge) };
  const findSocket = (id: string) => daemon.sockets.find(id);
  // As much of the edge as the route uses before the WebSocket opens.
  const parts = { sockets, dispatch, clock: daemon.clock, findSocket } as unknown as StreamRouteParts;
  registerStream({} as FastifyInstance, parts);
  const raw = { socket: new net.Socket().destroy() };
  const request = { id: 'req-1', owner: 'alice', params: { socketId: client }, query: {}, raw };
  await judges[0]?.(request as unknown as FastifyRequest);
  const { lanes, session } = findSocket(client) ?? assert.fail();
  assert.deepEqual([lanes.recv.holder, lanes.send.holder], [undefined, undefined]);
  assert.equal(session.connections.size, 0);
});
