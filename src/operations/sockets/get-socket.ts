import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { emptyResult } from '../schemas/schemas.js';
import { SocketInfoSchema, socketInfo } from './socket-info.js';

export const getSocket = ownOperation({
  name: 'getSocket',
  summary: 'One socket',
  description: 'Its state, what is shut down, its addresses.',
  scope: 'socket',
  params: emptyResult('GetSocketRequest'),
  result: SocketInfoSchema,
  example: { sockets: ['client'] },
  effect: 'read',
  rest: { method: 'GET', path: '/sockets/{socketId}' },
  run: (socket) => ok(socketInfo(socket)),
});
