import type { Entry, RecordedCall } from '../types.js';
import type { LocalAddresses } from './local-addresses.js';
import {
  isRecorded,
  isWithPort,
  type MadeCall,
  type Members,
  type OwnCall,
  type OwnRecordedCall,
  type Told,
  textIn,
} from './made-call.js';
import { restored } from './payload.js';
import { nameOf } from './with-own.js';

/** A made call in the one form that steps are made from. */
export const toldOf = (made: MadeCall, addresses: LocalAddresses): Told =>
  isRecorded(made) ? recorded(made, addresses) : ofPage(made);

const ofPage = ({ call, outcome, beganMs, endMs }: OwnCall): Told => {
  const name = outcome.ok ? 'ok' : nameOf(outcome.problem.type);
  return {
    operation: call.operation,
    params: call.params,
    outcome: name,
    result: outcome.ok ? outcome.result : {},
    sessionId: textIn(call.params, 'sessionId'),
    beganMs,
    endMs,
    waited: endMs > beganMs,
    faults: [],
    notes: [],
    leftOut: isOfDaemon(call.operation)
      ? 'it cannot be a step'
      : unrepeatable(call.operation, name, call.params, endMs > beganMs),
  };
};

const isOfDaemon = (operation: string): boolean => operation === 'batch' || operation.startsWith('rpc.');

const recorded = (made: RecordedCall | OwnRecordedCall, addresses: LocalAddresses): Told => {
  const { entry, sessionId, endMs } = made;
  const { operation, socketId, outcome, nativeUs, waitUs } = entry;
  const { params, notes } = restored(entry);
  // The journal has left out the id of the call itself.
  const id = socketId !== undefined ? { socketId } : operation === 'startup' ? {} : { sessionId };
  const name = outcome === 'ok' ? 'ok' : (entry.name ?? entry.refusal ?? '');
  const all = { ...id, ...params };
  const own = 'own' in made ? ofPage(made.own) : undefined;
  return {
    operation,
    params: own?.params ?? all,
    outcome: name,
    result: own?.result ?? (outcome === 'ok' ? resultOf(entry, all, sessionId, addresses) : {}),
    sessionId,
    beganMs: endMs - (nativeUs + waitUs) / 1000,
    endMs,
    waited: waitUs > 0,
    faults: entry.faults ?? [],
    notes: own ? [] : notes,
    leftOut: own?.leftOut ?? unrecorded(entry) ?? unrepeatable(operation, name, all, waitUs > 0),
  };
};

/** The members of a result that an entry tells. */
const resultOf = (entry: Entry, params: Members, sessionId: string, addresses: LocalAddresses): Members => {
  const { operation, socketId, createdSocketId, offerId, armedFaultIds, localAddress, remoteAddress } = entry;
  const local = addresses.of(socketId);
  const isBind = operation === 'bind' && isWithPort(params.address) && local !== undefined;
  const asked = isBind && isWithPort(params.address) ? params.address : undefined;
  const members = {
    sessionId: operation === 'startup' ? sessionId : undefined,
    socketId: createdSocketId,
    offerId,
    faultId: operation === 'armFault' ? armedFaultIds?.[0] : undefined,
    faultIds: operation === 'armFault' ? undefined : armedFaultIds,
    localAddress: asked && local ? { ...asked, port: local.port } : localAddress,
    remoteAddress,
    address: operation === 'getSockName' ? local : remoteAddress,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
};

/** Why an entry alone shows that its call cannot be repeated. */
const unrecorded = (entry: Entry): string | undefined => {
  const { parameters, requestId, undelivered, collected, operation, createdSocketId } = entry;
  // A call on a socket that has ended fails before anybody looks at its parameters.
  if (parameters === undefined && entry.outcome === 'refused')
    return 'its parameters were not valid, and are not in the journal';
  if (requestId.startsWith('rel_')) return 'a relay has made it by itself';
  const goesBack = createdSocketId !== undefined || TAKES.test(operation) || operation === 'startup';
  if (undelivered && !collected && goesBack)
    return 'its answer was not delivered, and what it took went back';
  return undefined;
};

/** Calls that take or make something. */
const TAKES = /^(?:recv|accept|conditionalAccept|socket$|duplicate|enumNetworkEvents|armFault|startRelay)/;

/** Refusals that depend on the call alone; others depend on the load or the limits of a daemon. */
const REPEATABLE = [
  'validation',
  'destination-denied',
  'option-denied',
  'socket-denied',
  'not-found',
  'session-ended',
  'in-use',
];

const ABORTED = ['WSA_OPERATION_ABORTED', 'WSAEINTR'];

const unrepeatable = (
  operation: string,
  outcome: string,
  params: Members,
  waited: boolean,
): string | undefined => {
  if (outcome === '') return 'its code has no name';
  if (waited && ABORTED.includes(outcome)) return 'another call ended it while it waited';
  if (outcome !== 'ok' && !outcome.startsWith('WSA') && !REPEATABLE.includes(outcome)) {
    return `the daemon refused it (${outcome})`;
  }
  if (!/^\w{1,64}$/.test(operation)) return 'it is no operation';
  return hasReference(params) ? 'a parameter looks like a reference of a batch' : undefined;
};

/** Whether an object anywhere has the member that makes it a reference. */
const hasReference = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (Object.hasOwn(value, '$result') || Object.values(value).some(hasReference));
