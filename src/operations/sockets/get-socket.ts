import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { empty } from '../schemas/schemas.js';
import { SocketInfoSchema, socketInfo } from './socket-info.js';

export const getSocket = operation({
  name: 'getSocket',
  summary: 'One socket',
  description: 'Its state, what is shut down, its addresses.',
  winsock: [],
  scope: 'socket',
  params: empty('GetSocketRequest'),
  result: SocketInfoSchema,
  errors: [],
  effect: 'read',
  duringBlockingCall: true,
  rest: { method: 'GET', path: '/sockets/{socketId}' },
  run: (socket) => ok(socketInfo(socket)),
});
