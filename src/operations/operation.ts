import type { Static, TObject } from 'typebox';
import type { Answer } from '../daemon/answers/answer.js';
import type { RefusalName } from '../daemon/answers/refusals.js';
import type { Call } from '../daemon/calls/call.js';
import type { Daemon } from '../daemon/daemon.js';
import type { Deed } from '../daemon/faults/faults.js';
import type { Session } from '../daemon/sessions/session.js';
import type { Socket } from '../daemon/sockets/socket.js';
import type { SocketAddress } from '../winsock/addresses.js';
import type { WsaName } from '../winsock/errors.js';

/** What an operation acts on: the daemon as its owner sees it, one session, or one socket. */
export type Scope = 'daemon' | 'session' | 'socket';

/** What `run` is given for each scope. */
export interface Target {
  readonly daemon: Daemon;
  readonly session: Session;
  readonly socket: Socket;
}

/** Where the REST form differs from `POST /{sessions|sockets}/{id}/{name}` with every parameter in the body. */
export interface RestForm {
  readonly method?: 'GET' | 'PUT' | 'DELETE';
  /** Path below the version, with {placeholders}. */
  readonly path?: string;
  /** Further routes that are served but not documented, for example `DELETE /sockets/{socketId}`. */
  readonly aliases?: readonly `${'GET' | 'PUT' | 'POST' | 'DELETE'} ${string}`[];
  /** Its answer may be long: it is compressed where the client asks. */
  readonly long?: true;
  /** Parameters that travel in the query; those that the path names travel there, the others in the body. */
  readonly query?: readonly string[];
}

/** Where an operation goes, or listens. */
export interface Destination {
  readonly kind: 'connect' | 'bind';
  readonly address: SocketAddress;
  /** The call names no port: an entry for any port of the address allows it. */
  readonly anyPort?: true;
}

/** What an operation has created, to be found by its id; a fault by that of its session, too. */
export interface Created {
  readonly kind: 'session' | 'socket' | 'fault';
  readonly id: string;
}

/** What the journal tells of a call beyond its parameters and its outcome. */
export interface Journaled {
  readonly bytesSent?: number | undefined;
  readonly bytesReceived?: number | undefined;
  /** The end of the peer's stream was found. */
  readonly eof?: boolean | undefined;
  /** The buffer or the buffers that went; their first bytes are kept where the socket captures. */
  readonly payload?: object | undefined;
  /** Given by calls that go from one address to another, also where nothing is known of the two. */
  readonly addresses?: {
    /** The two ends of the socket from now on. A local end that is not said is asked of the socket. */
    readonly local?: SocketAddress | undefined;
    readonly remote?: SocketAddress | undefined;
    /** The other end of this call alone, where it says no `remote`. */
    readonly peer?: SocketAddress | undefined;
  };
  /** The faults that it armed, by rule id. */
  readonly armed?: readonly string[] | undefined;
  /** The offer that it showed. */
  readonly offerId?: string | undefined;
  /** How many bytes of each send and receive the socket that it created captures. */
  readonly captureBytes?: number | undefined;
}

/** The sockets of the one conversation that the examples make together. */
export type ExampleSocket = 'listener' | 'client' | 'accepted' | 'datagram';

/** One of several requests that the documentation shows of an operation. */
export interface ExampleRequest<P> {
  /** What it is an example of; one line. */
  readonly summary: string;
  readonly params: Partial<P>;
  /** The code that it fails with, on any provider but the lab, where that is its point; the summary names it. */
  readonly refused?: WsaName;
}

/** What the documentation shows of an operation; what is left out is as of any other. */
export interface Example<P, R> {
  /** The sockets that it is for, in the conversation of all examples: it is sent for each, with its id. */
  readonly sockets?: readonly ExampleSocket[];
  /** Whose port, as bind has answered it, belongs in its address. */
  readonly port?: ExampleSocket;
  readonly params?: Partial<P>;
  /** In place of `params`, by name: where one request does not show it. */
  readonly requests?: Readonly<Record<string, ExampleRequest<P>>>;
  readonly result?: R;
}

/** What every operation states of itself, also one that the daemon has of its own. */
export interface OwnDefinition<S extends Scope, P extends TObject, R extends TObject> {
  /** The operationId, lowerCamel, for example `sendDisconnect`. */
  readonly name: string;
  /** One line for the documentation. */
  readonly summary: string;
  /** What to know before using it; Markdown. */
  readonly description: string;
  /** The page that documents the call. */
  readonly page?: string;
  readonly scope: S;
  /** Schema of the parameters, without the id of the scope. A named component (`$id`). */
  readonly params: P;
  /** Schema of the result. A named component (`$id`). */
  readonly result: R;
  /** Further codes that occur, with the reason. */
  readonly alsoSeen?: Readonly<Partial<Record<WsaName, string>>>;
  /** What to do about a code, where there is more to say than for any operation. */
  readonly advice?: Readonly<Partial<Record<WsaName, string>>>;
  readonly example?: Example<Static<P>, Static<R>>;
  /** `read` changes nothing; `change` is never a GET. */
  readonly effect: 'read' | 'change';
  /** The order it takes its turn in; absent: it never queues. */
  readonly lane?: 'recv' | 'send';
  /** Takes `timeoutMs`, may wait, and counts as a blocking call of a 1.x session. */
  readonly blocking?: true;
  /** Answered also while the session's start-up count is zero. */
  readonly uninitialised?: true;
  /** Ends its socket: not among the calls that the end waits for. */
  readonly closes?: true;
  /** Finds also a socket whose close lingers. */
  readonly findsClosing?: true;
  /** Answered also for a session or socket that has ended, while its journal is kept: `run` is given that alone. */
  readonly evenEnded?: true;
  /** What it does to its socket, where it is one of these; effects and the exports of a journal ask for it. */
  readonly does?: Deed;
  /** Of a call that is no socket's: the sockets of the session that it acts on, beside those that it names. */
  readonly affects?: 'all' | 'lab';
  /** What it took goes back when its answer does not arrive; so do all receives, and what was created. */
  readonly givesBack?: true;
  /** The address, or addresses, that the destination policy must allow before anything is called. */
  destination?(params: Static<P>): Destination | readonly Destination[] | undefined;
  /** Refusals of its own, beyond those that follow from its other members. */
  readonly refusals?: readonly RefusalName[];
  readonly rest?: RestForm;
  /** What it has created; undefined when it only changed something. */
  created?(result: Static<R>, params: Static<P>): Created | undefined;
  /** It may succeed and create nothing: its result says `created`. */
  readonly createsSometimes?: true;
  /**
   * What the journal tells of it, where that is more than of any call.
   *
   * @param result what has come of it; nothing where it failed, and only what stays where a fault dropped it
   * @param params empty where they were not valid
   */
  journal?(result: Partial<Static<R>>, params: Partial<Static<P>>): Journaled;
  /**
   * The call itself. Formats no error and knows no HTTP.
   *
   * @param on the daemon, session or socket it acts on
   * @param daemon for what is bigger than the target: limits, tables, the clock
   */
  run(
    on: Target[S],
    params: Static<P>,
    call: Call,
    daemon: Daemon,
  ): Answer<Static<R>> | Promise<Answer<Static<R>>>;
}

/** One Winsock call made remote: REST, OpenAPI, validation and documentation derive from it. */
export interface OperationDefinition<S extends Scope, P extends TObject, R extends TObject>
  extends OwnDefinition<S, P, R> {
  /** The Winsock functions behind it; the first names it in problems. Empty for the daemon's own. */
  readonly winsock: readonly string[];
  /** Documented codes, beyond the scope's common ones. */
  readonly errors: readonly WsaName[];
  /** Answered also while a 1.x session's blocking call is pending. */
  readonly duringBlockingCall?: true;
}

/** Keeps the types of one definition while it is written. */
export const operation = <S extends Scope, P extends TObject, R extends TObject>(
  definition: OperationDefinition<S, P, R>,
): OperationDefinition<S, P, R> => definition;

/** One of the daemon's own: no Winsock call is behind it. So it has no codes, and no blocking call is in its way. */
export const ownOperation = <S extends Scope, P extends TObject, R extends TObject>(
  definition: OwnDefinition<S, P, R>,
): OperationDefinition<S, P, R> => ({ ...definition, winsock: [], errors: [], duringBlockingCall: true });

/** A definition whose own types have been forgotten: what the list, dispatch and the edge see. */
export interface AnyOperation
  extends Omit<
    OperationDefinition<Scope, TObject, TObject>,
    'run' | 'destination' | 'created' | 'journal' | 'example'
  > {
  readonly example?: Example<object, object>;
  destination?(params: never): Destination | readonly Destination[] | undefined;
  created?(result: never, params: never): Created | undefined;
  journal?(result: never, params: never): Journaled;
  run(on: never, params: never, call: Call, daemon: Daemon): Answer<object> | Promise<Answer<object>>;
}

/** Operations that the documentation shows together. */
export interface Chapter {
  /** The tag of the document; clients that are generated name a class after it. */
  readonly name: string;
  readonly description: string;
  readonly operations: readonly AnyOperation[];
}

/** The Winsock function that an operation's problems name. */
export const functionOf = (op: Pick<AnyOperation, 'name' | 'winsock'>): string => op.winsock[0] ?? op.name;

/** Whether it makes a native call on behalf of a session: those a fault can hit. */
export const canFault = (op: AnyOperation): boolean =>
  op.scope !== 'daemon' && op.winsock.length > 0 && op.uninitialised === undefined;

/** Whether something must go back when its answer does not arrive: what it took, or what it created. */
export const goesBack = (op: Pick<AnyOperation, 'created' | 'lane' | 'givesBack'>): boolean =>
  op.created !== undefined || op.lane === 'recv' || op.givesBack === true;

/** Codes that every operation of a scope can answer. */
export const COMMON_ERRORS: Readonly<Record<Scope, readonly WsaName[]>> = {
  daemon: [],
  session: ['WSANOTINITIALISED', 'WSAEINPROGRESS'],
  socket: ['WSANOTINITIALISED', 'WSAENETDOWN', 'WSAEINPROGRESS', 'WSAENOTSOCK'],
};

/** Every code that the operation states: common, documented, and seen. */
export const statedErrors = (op: AnyOperation): ReadonlySet<WsaName> =>
  new Set<WsaName>([
    ...COMMON_ERRORS[op.scope],
    ...op.errors,
    // Object.keys gives string[]; the keys are those of a Partial<Record<WsaName, string>>.
    ...(Object.keys(op.alsoSeen ?? {}) as WsaName[]),
  ]);
