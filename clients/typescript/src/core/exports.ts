/** What both ends of the package export. */
export type { Address, HostAndPort } from './addresses.js';
export {
  Batch,
  type BatchOptions,
  type Reference,
  type Referring,
  Step,
  type StepOptions,
  UnmetError,
} from './batch.js';
export { PartlySentError, RefusedError, RigError, RigLostError, WinsockError } from './errors.js';
export { type RigEvent, type SubscribeOptions, Subscription } from './events.js';
export { Fault, type FaultRule } from './fault.js';
export type { About, JournalEntry, OptionValue, Problem, SocketAddress } from './operations.gen.js';
export type { CallOptions, OperationName, Params, Result, Wait } from './operations.js';
export type { Datagram, RecvOptions } from './receiving.js';
export { Relay, type RelayOptions } from './relay.js';
export type { SessionOptions } from './rig.js';
export type { SendOptions } from './sending.js';
export type {
  ConnectedSocket,
  ConnectionOptions,
  ConnectOptions,
  ListenOptions,
  SocketOptions,
} from './session.js';
export { type AcceptedSocket, Socket } from './socket.js';
