import http from 'node:http';
import type { ProviderName } from '../core/operations.gen.js';
import { Rig as CoreRig, openRig } from '../core/rig.js';
import type { ConnectionOptions, Session as CoreSession, Ends } from '../core/session.js';
import { Connection } from './connection.js';
import { Listener } from './listener.js';
import { NodePlatform } from './platform.js';
import { findSettings, type GivenSettings } from './settings.js';

export interface RigOptions extends GivenSettings {
  /** Of the sockets that name none: `ws2_32`, `posix` or `lab`; the daemon's default unless given. */
  readonly provider?: ProviderName | undefined;
}

/** Where `createConnection` connects to. `node:http` gives more members. */
export interface ConnectionTarget extends ConnectionOptions {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
  /** The numeric address to bind to before. */
  readonly localAddress?: string | undefined;
  /** `setTimeout` of the connection, in milliseconds. */
  readonly timeout?: number | undefined;
}

const ENDS: Ends<Connection, Listener> = {
  connection: (connected, options) => new Connection(connected, options),
  listener: (socket, address, options) => new Listener(socket, address, options),
};

export type Session = CoreSession<Connection, Listener>;

/** A daemon of winsockd, as programs in Node have it. */
export class Rig extends CoreRig<Connection, Listener> {
  /**
   * Opens the way to a daemon, and begins a session.
   *
   * @throws TypeError for wrong settings; RigLostError if nobody answers; RefusedError for a wrong token
   */
  static async open(options: RigOptions = {}): Promise<Rig> {
    return new Rig(await openRig(new NodePlatform(findSettings(options)), ENDS, options.provider));
  }

  /**
   * As `net.createConnection`: returns a connection that is not made yet, and emits `connect` or `error`. It is a
   * `createConnection` for `http.request`.
   */
  readonly createConnection = (target: ConnectionTarget): Connection => {
    const { host, port, localAddress, timeout = 0, allowHalfOpen } = target;
    const address = { host: host ?? undefined, port: Number(port) };
    const local = localAddress === undefined ? undefined : { host: localAddress, port: 0 };
    const open = (signal: AbortSignal) => this.connectSocket(address, { signal, localAddress: local });
    return new Connection(open, { allowHalfOpen }).setTimeout(timeout);
  };

  /** An agent for `http.request` whose connections are made by this rig. */
  httpAgent(options: http.AgentOptions = {}): http.Agent {
    return Object.assign(new http.Agent(options), { createConnection: this.createConnection });
  }
}
