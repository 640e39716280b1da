import Type from 'typebox';
import { refuse } from '../daemon/refusals.js';
import { IOCTLS } from '../winsock/ioctls.js';
import { fail, ok } from '../winsock/outcome.js';
import { operation } from './operation.js';
import { component, int64, keysOf, names } from './schemas.js';

const value = Type.Optional(int64('The u_long behind argp.', 0, 0xffffffff));

export const ioctl = operation({
  name: 'ioctl',
  summary: 'Blocking mode, and how much can be read',
  description: [
    'FIONBIO takes `value`: anything but 0 makes the calls of the socket answer WSAEWOULDBLOCK instead of waiting.',
    'FIONREAD gives `value`: on a stream the bytes that one recv would give, on datagrams all that is queued.',
  ].join('\n'),
  winsock: ['ioctlsocket'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-ioctlsocket',
  scope: 'socket',
  params: component(
    'IoctlRequest',
    { request: names(keysOf(IOCTLS), 'What to do.'), value },
    'What ioctl takes.',
  ),
  result: component('IoctlResult', { value }, 'What ioctl gives.'),
  errors: ['WSAEFAULT'],
  alsoSeen: {
    WSAEINVAL: 'FIONREAD on a socket that cannot receive; FIONBIO 0 while network events are selected',
  },
  effect: 'change',
  run(socket, { request, value: given }) {
    if (request === 'FIONBIO') {
      if (given === undefined) return missingValue;
      if (given === 0 && socket.selection) return eventsSelected;
      socket.nonBlocking = given !== 0;
      return ok({});
    }
    const waiting = socket.use((provider, s) => provider.available(s));
    return waiting.ok ? ok({ value: socket.returned.bytes + waiting.value }) : waiting;
  },
});

/** https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaeventselect */
const eventsSelected = fail('WSAEINVAL', 'ioctlsocket', {
  detail: 'network events are selected; end that with eventSelect and no events first.',
});

const missingValue = refuse('validation', '/value: is required for FIONBIO.', {
  errors: [{ pointer: '/value', detail: 'is required for FIONBIO' }],
});
