import { type Told, textIn } from './made-call.js';

/** How sockets are named in steps, by their ids: after what they do in the conversation. */
export const rolesOf = (calls: readonly Told[]): ReadonlyMap<string, string> => {
  const roles = new Map<string, string>();
  const name = (socketId: string | undefined, role: string): void => {
    if (socketId !== undefined && !roles.has(socketId)) roles.set(socketId, role);
  };
  for (const { operation, params, result, outcome } of calls) {
    const socketId = textIn(params, 'socketId');
    const made = textIn(result, 'socketId');
    if (operation === 'listen' && outcome === 'ok') name(socketId, 'listener');
    if (operation === 'connect') name(socketId, 'client');
    if (operation === 'accept' || operation === 'conditionalAccept') name(made, 'accepted');
    if (operation === 'duplicate') name(made, 'duplicate');
  }
  return roles;
};

/** The kinds of things that calls make, for their ids; a socket has its role. */
export const kindOf = (
  { operation, params, result, outcome }: Told,
  roles: ReadonlyMap<string, string>,
): string | undefined => {
  if (outcome !== 'ok') return undefined;
  const socketId = textIn(result, 'socketId');
  if (MAKES_SOCKET.includes(operation) && socketId !== undefined) return roles.get(socketId) ?? 'socket';
  if (operation === 'startup' && textIn(params, 'sessionId') === undefined) return 'session';
  return OTHER_KINDS[operation];
};

const MAKES_SOCKET = ['socket', 'accept', 'conditionalAccept', 'duplicate'];

const OTHER_KINDS: Readonly<Record<string, string>> = {
  conditionalAccept: 'offer',
  armFault: 'fault',
  startRelay: 'relay',
};
