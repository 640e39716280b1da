import type { Static, TObject } from 'typebox';
import type { Answer } from '../daemon/answers/answer.js';
import type { RefusalName } from '../daemon/answers/refusals.js';
import type { Call } from '../daemon/calls/call.js';
import type { Daemon } from '../daemon/daemon.js';
import type { CallAction } from '../daemon/faults/fault-rule.js';
import type { Session } from '../daemon/sessions/session.js';
import type { Socket } from '../daemon/sockets/socket.js';
import type { SocketAddress } from '../winsock/addresses.js';
import type { WsaName } from '../winsock/errors.js';

/** What an operation acts on: the daemon as its owner sees it, one session, or one socket. */
export type Scope = 'daemon' | 'session' | 'socket';

/** The parameter with the id of the session or socket; empty if there is none. */
export const ID_OF_SCOPE = { daemon: '', session: 'sessionId', socket: 'socketId' } as const;

/** What `run` is given for each scope. */
export interface Target {
  readonly daemon: Daemon;
  readonly session: Session;
  readonly socket: Socket;
}

/** How the REST form differs from `POST /{sessions|sockets}/{id}/{name}` with all parameters in the body. */
export interface RestForm {
  readonly method?: 'GET' | 'PUT' | 'DELETE';
  /** Path below the version, with {placeholders}. */
  readonly path?: string;
  /** Further routes that are served but not documented, for example `DELETE /sockets/{socketId}`. */
  readonly aliases?: readonly `${'GET' | 'PUT' | 'POST' | 'DELETE'} ${string}`[];
  /** The answer may be long: it is compressed for clients that ask for it. */
  readonly long?: true;
  /** The body is raw bytes: every parameter is in the path or the query. */
  readonly takesBytes?: true;
  /** The answer is raw bytes. Its further fields, each with what it says. */
  readonly answersBytes?: Readonly<Record<string, string>>;
  /** Parameters of the query. The path takes those that it names, the body takes the others. */
  readonly query?: readonly string[];
}

/** The address that an operation connects to, sends to or binds to. */
export interface Destination {
  readonly kind: 'connect' | 'bind';
  readonly address: SocketAddress;
  /** The call names no port: it is allowed by an entry for any port of the address. */
  readonly anyPort?: true;
}

/** What an operation has created: its kind and its id. The id of a fault is unique in its session only. */
export interface Created {
  readonly kind: 'session' | 'socket' | 'fault' | 'relay';
  readonly id: string;
}

/** What the journal records of a call beyond its parameters and its outcome. */
export interface Journaled {
  readonly bytesSent?: number | undefined;
  readonly bytesReceived?: number | undefined;
  /** The call found the end of the peer's stream. */
  readonly eof?: boolean | undefined;
  /** The buffer or buffers that were sent or received; a socket with capture keeps their first bytes. */
  readonly payload?: object | undefined;
  /** Present for every call between two addresses, even if neither of them is known. */
  readonly addresses?: {
    /** The two ends of the socket from now on. If `local` is missing, the socket is asked for its name. */
    readonly local?: SocketAddress | undefined;
    readonly remote?: SocketAddress | undefined;
    /** The other end of this call only, when there is no `remote`. */
    readonly peer?: SocketAddress | undefined;
  };
  /** The ids of the faults that the call armed. */
  readonly armed?: readonly string[] | undefined;
  /** The offer that the call showed. */
  readonly offerId?: string | undefined;
  /** The created socket captures so many bytes of each send and receive. */
  readonly captureBytes?: number | undefined;
}

/** The examples of all operations make one conversation. These are its sockets. */
export type ExampleSocket = 'listener' | 'client' | 'accepted' | 'datagram';

/** One of several example requests of an operation. */
export interface ExampleRequest<P> {
  /** What the example shows; one line. */
  readonly summary: string;
  readonly params: Partial<P>;
  /** The code with which the example fails, on every provider but the lab. Its summary names the code. */
  readonly refused?: WsaName;
}

/** The example of an operation in the documentation. Members that are left out have the usual value. */
export interface Example<P, R> {
  /** The sockets of the conversation for which the example is sent, once for each, with its id. */
  readonly sockets?: readonly ExampleSocket[];
  /** The example's address gets the port to which this socket was bound. */
  readonly port?: ExampleSocket;
  readonly params?: Partial<P>;
  /** Several requests by name, in place of `params`, for an operation that one request cannot show. */
  readonly requests?: Readonly<Record<string, ExampleRequest<P>>>;
  readonly result?: R;
}

/** What every operation states, also the daemon's own ones. */
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
  /** What a client can do about a code, where there is more to say than the code's meaning. */
  readonly advice?: Readonly<Partial<Record<WsaName, string>>>;
  readonly example?: Example<Static<P>, Static<R>>;
  /** `read` changes nothing; `change` is never a GET. */
  readonly effect: 'read' | 'change';
  /** The lane in which the call takes its turn; absent: it never queues. */
  readonly lane?: 'recv' | 'send';
  /** Takes `timeoutMs`, may wait, and counts as a blocking call of a 1.x session. */
  readonly blocking?: true;
  /** Answered also while the start-up count of the session is zero. */
  readonly uninitialised?: true;
  /** The call ends its socket, so the end of the socket does not wait for it. */
  readonly closes?: true;
  /** The call also finds a socket whose close lingers. */
  readonly findsClosing?: true;
  /**
   * Answered also for an ended session or socket while its journal is kept; `run` then gets only the journal.
   */
  readonly evenEnded?: true;
  /** What the call does to its socket; fault effects and the exports of a journal use it. */
  readonly does?: CallAction;
  /** For calls of a session: the sockets of the session that are affected without being named. */
  readonly affects?: 'all' | 'lab';
  /**
   * What the call took goes back when its answer is not delivered. Receives and calls that create something
   * need not state this.
   */
  readonly givesBack?: true;
  /** The address, or addresses, that the destination policy must allow before anything is called. */
  destination?(params: Static<P>): Destination | readonly Destination[] | undefined;
  /** Refusals of its own, beyond those that follow from its other members. */
  readonly refusals?: readonly RefusalName[];
  readonly rest?: RestForm;
  /** What the call has created; undefined if it created nothing. */
  created?(result: Static<R>, params: Static<P>): Created | undefined;
  /** The call may succeed without creating anything: its result has `created`. */
  readonly createsSometimes?: true;
  /**
   * What the journal records of the call, if that is more than for every call.
   *
   * @param result empty if the call failed; only the parts that stay if a fault dropped the result
   * @param params empty if they were not valid
   */
  journal?(result: Partial<Static<R>>, params: Partial<Static<P>>): Journaled;
  /**
   * The call itself. Formats no error and knows no HTTP.
   *
   * @param on the daemon, session or socket of the call
   * @param daemon for what is not in `on`: limits, tables, the clock
   */
  run(
    on: Target[S],
    params: Static<P>,
    call: Call,
    daemon: Daemon,
  ): Answer<Static<R>> | Promise<Answer<Static<R>>>;
}

/** One Winsock call as an operation: REST, OpenAPI, validation and documentation derive from it. */
export interface OperationDefinition<S extends Scope, P extends TObject, R extends TObject>
  extends OwnDefinition<S, P, R> {
  /**
   * The Winsock functions of the operation; problems name the first. Empty for the daemon's own operations.
   */
  readonly winsock: readonly string[];
  /** Documented codes, beyond the common ones of the scope. */
  readonly errors: readonly WsaName[];
  /** Answered also while a 1.x session's blocking call is pending. */
  readonly duringBlockingCall?: true;
}

/** Types a definition while it is written. */
export const operation = <S extends Scope, P extends TObject, R extends TObject>(
  definition: OperationDefinition<S, P, R>,
): OperationDefinition<S, P, R> => definition;

/**
 * An operation of the daemon's own. It has no Winsock call, so no codes, and no blocking call holds it up.
 */
export const ownOperation = <S extends Scope, P extends TObject, R extends TObject>(
  definition: OwnDefinition<S, P, R>,
): OperationDefinition<S, P, R> => ({ ...definition, winsock: [], errors: [], duringBlockingCall: true });

/** A definition without its own types: what the list, dispatch and the edge see. */
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

/** An operation as the documentation uses it. */
export type DescribedOperation = Omit<AnyOperation, 'run'>;

/** Operations that the documentation puts together. */
export interface Chapter<O extends DescribedOperation = AnyOperation> {
  /** The tag in the OpenAPI document; generated clients name a class after it. */
  readonly name: string;
  readonly description: string;
  readonly operations: readonly O[];
  /** Its calls stay on this machine and make nothing that outlives a session, so lessons may make them. */
  readonly inLessons?: true;
}

/** The Winsock function that problems of the operation name. */
export const functionOf = (op: Pick<AnyOperation, 'name' | 'winsock'>): string => op.winsock[0] ?? op.name;

/**
 * The direction whose shutdown ends a call of the operation. None for accept: a listener cannot be shut down, and
 * on any other socket accept fails once it has its turn.
 */
export const shutDirectionOf = ({ does, lane }: Pick<AnyOperation, 'does' | 'lane'>): AnyOperation['lane'] =>
  does === 'accepts' ? undefined : lane;

/** Whether a fault can hit the operation: it makes a native call for a session. */
export const canFault = (op: DescribedOperation): boolean =>
  op.scope !== 'daemon' && op.winsock.length > 0 && op.uninitialised === undefined;

/** Whether something goes back when the answer is not delivered: what the call took or created. */
export const goesBack = (op: Pick<AnyOperation, 'created' | 'lane' | 'givesBack'>): boolean =>
  op.created !== undefined || op.lane === 'recv' || op.givesBack === true;

/** Codes that every operation of a scope can answer. */
export const COMMON_ERRORS: Readonly<Record<Scope, readonly WsaName[]>> = {
  daemon: [],
  session: ['WSANOTINITIALISED', 'WSAEINPROGRESS'],
  socket: ['WSANOTINITIALISED', 'WSAENETDOWN', 'WSAEINPROGRESS', 'WSAENOTSOCK'],
};

/** Every code that the operation states: common, documented, and seen. */
export const statedErrors = (op: DescribedOperation): ReadonlySet<WsaName> =>
  new Set<WsaName>([
    ...COMMON_ERRORS[op.scope],
    ...op.errors,
    // Object.keys gives string[]; the keys are those of a Partial<Record<WsaName, string>>.
    ...(Object.keys(op.alsoSeen ?? {}) as WsaName[]),
  ]);
