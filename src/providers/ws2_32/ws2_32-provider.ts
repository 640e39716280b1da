/**
 * The Winsock of the Windows that this process runs on: ws2_32.dll.
 *
 * Windows keeps the rules of Winsock itself, so this adapter adds little: what it remembers is in state.ts,
 * and one check comes before the native one. An address of another family is WSAEFAULT at bind, as
 * documented, where stacks differ between WSAEFAULT, WSAEAFNOSUPPORT and WSAEADDRNOTAVAIL.
 */
import type { SocketAddress } from '../../winsock/addresses.js';
import { ADDRESS_FAMILIES, SHUTDOWN_HOW, type ShutdownHow, SOCKET_TYPES } from '../../winsock/constants.js';
import { IOCTLS } from '../../winsock/ioctls.js';
import { OPTION_LEVELS, OPTIONS, type OptionName, type OptionValue } from '../../winsock/options.js';
import { done, fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import type { ProtocolInfo } from '../../winsock/protocol-info.js';
import type { Accepted, Connected, Handle, Provider, Readiness, Received, Watch } from '../provider.js';
import { type CatalogEntry, readCatalog } from './catalog.js';
import { hasConnectEnded } from './connecting.js';
import { type Library, loadLibrary } from './library.js';
import { decodeOption, encodeLinger, encodeOption, OPTION_BYTES } from './options.js';
import { Reactor } from './reactor.js';
import { received } from './received.js';
import { readSockaddr, SOCKADDR_BYTES, writeSockaddr } from './sockaddr.js';
import { type SocketState, type Sockets, toHandle } from './state.js';

/** WSASocketW: FROM_PROTOCOL_INFO, take the value from the entry. */
const FROM_PROTOCOL_INFO = -1;
const WSA_FLAG_OVERLAPPED = 0x01;
const WSA_FLAG_NO_HANDLE_INHERIT = 0x80;
/** SetHandleInformation: HANDLE_FLAG_INHERIT. */
const HANDLE_FLAG_INHERIT = 1;

const { id: SO_LINGER } = OPTIONS.SO_LINGER;
const { id: SO_TYPE } = OPTIONS.SO_TYPE;
const { id: SO_ERROR } = OPTIONS.SO_ERROR;
const { SOL_SOCKET } = OPTION_LEVELS;

/** A pointer that is not NULL for a call without bytes. */
const NO_BYTES = new Uint8Array(1);

const requireInt32 = (value: number, what: string): number => {
  if ((value | 0) === value) return value;
  throw new RangeError(`${what} is no 32-bit integer: ${value}`);
};

/** The result of a call whose number says nothing. */
const asVoid = (outcome: Outcome<unknown>): Outcome<void> => (outcome.ok ? done : outcome);

export class Ws2_32Provider implements Provider {
  readonly name = 'ws2_32';

  /**
   * A closesocket that lingers, on a thread of the pool. Absent under Wine 10, whose closesocket does not
   * linger: it answers at once, whatever is unsent, so its success would say nothing.
   */
  readonly closeOnWorker?: (s: Handle, seconds: number) => Promise<Outcome<void>>;

  readonly #library: Library;
  readonly #reactor = new Reactor((s) => this.#hasFailed(s));
  readonly #sockets: Sockets = new Map();
  #catalog: readonly CatalogEntry[] = [];
  #disposed = false;

  // One buffer each for addresses and lengths: allocating them costs more than the call.
  readonly #address = Buffer.alloc(SOCKADDR_BYTES);
  readonly #length = new Int32Array(1);

  /** @throws an Error on a system other than Windows, and when WSAStartup fails */
  constructor() {
    this.#library = loadLibrary();
    if (!this.#library.isWine) this.closeOnWorker = (s, seconds) => this.#lingeringClose(s, seconds);
  }

  /** Whether this Windows is Wine; tests need to know, nothing else should. */
  get isWine(): boolean {
    return this.#library.isWine;
  }

  enumProtocols(): Outcome<readonly ProtocolInfo[]> {
    const catalog = readCatalog(this.#library);
    if (!catalog.ok) return catalog;
    this.#catalog = catalog.value;
    return ok(catalog.value.map(({ info }) => info));
  }

  socket(entry: ProtocolInfo, protocol: number): Outcome<Handle> {
    requireInt32(protocol, 'protocol');
    const isWanted = ({ info }: CatalogEntry) => info.catalogEntryId === entry.catalogEntryId;
    if (!this.#catalog.some(isWanted)) this.enumProtocols();
    const found = this.#catalog.find(isWanted);
    // The catalog may have changed since the caller read it.
    if (!found) return fail('WSAEINVAL', 'WSASocketW', { detail: 'no such entry in the catalog' });
    const made = this.#library.socket(
      FROM_PROTOCOL_INFO,
      FROM_PROTOCOL_INFO,
      protocol === 0 ? FROM_PROTOCOL_INFO : protocol,
      found.bytes,
      0,
      WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT,
    );
    if (!made.ok) return made;
    const { addressFamily: family, socketType } = found.info;
    return this.#adopt(made.value, { isStream: socketType === SOCKET_TYPES.SOCK_STREAM, family });
  }

  bind(s: Handle, address: SocketAddress): Outcome<void> {
    const state = this.#sockets.get(s);
    if (!state) return fail('WSAENOTSOCK', 'bind');
    if (ADDRESS_FAMILIES[address.family] !== state.family) return fail('WSAEFAULT', 'bind');
    const length = writeSockaddr(this.#address, address);
    return asVoid(this.#library.bind(s, this.#address, length));
  }

  listen(s: Handle, backlog: number): Outcome<void> {
    if (!this.#sockets.has(s)) return fail('WSAENOTSOCK', 'listen');
    return asVoid(this.#library.listen(s, requireInt32(backlog, 'backlog')));
  }

  accept(s: Handle): Outcome<Accepted> {
    const state = this.#sockets.get(s);
    if (!state) return fail('WSAENOTSOCK', 'accept');
    this.#length[0] = SOCKADDR_BYTES;
    const accepted = this.#library.accept(s, this.#address, this.#length);
    if (!accepted.ok) return accepted;
    const remote = this.#readAddress('accept');
    const handle = this.#adopt(accepted.value, state, () =>
      // Inherited from the listener, or the system's default: the handle flag, an event selection.
      [
        () => this.#library.setHandleInformation(accepted.value, HANDLE_FLAG_INHERIT, 0),
        () => this.#library.eventSelect(accepted.value, null, 0),
      ],
    );
    if (!handle.ok) return handle;
    return remote.ok ? ok({ handle: handle.value, remote: remote.value }) : remote;
  }

  connect(s: Handle, to: SocketAddress, callerData?: Uint8Array): Outcome<Connected> {
    const state = this.#sockets.get(s);
    if (!state) return fail('WSAENOTSOCK', 'WSAConnect');
    const length = writeSockaddr(this.#address, to);
    const caller = callerData ? { len: callerData.length, buf: callerData } : null;
    const begun = this.#library.connect(s, this.#address, length, caller, null, null, null);
    if (begun.ok || failedWith(begun, 'WSAEWOULDBLOCK')) state.soError = 0; // that of an earlier attempt
    return begun.ok ? ok({}) : begun;
  }

  finishConnect(s: Handle): Outcome<Connected> {
    const state = this.#sockets.get(s);
    if (!state) return fail('WSAENOTSOCK', 'WSAConnect');
    const ended = hasConnectEnded(this.#library, s);
    if (!ended.ok) return ended;
    if (!ended.value) return fail('WSAEWOULDBLOCK', 'WSAConnect');
    const error = this.#readOption(s, SOL_SOCKET, SO_ERROR);
    if (!error.ok) return error;
    const code = error.value.readInt32LE(0);
    if (code !== 0) {
      state.soError = code; // reading it has cleared it
      return { ok: false, code, call: 'WSAConnect' };
    }
    // Ended without an error: connected, or never begun.
    const peer = this.getPeerName(s);
    return peer.ok ? ok({}) : { ...peer, call: 'WSAConnect' };
  }

  send(s: Handle, data: Uint8Array, flags: number): Outcome<number> {
    if (!this.#sockets.has(s)) return fail('WSAENOTSOCK', 'send');
    return this.#library.send(s, pointer(data), data.length, requireInt32(flags, 'flags'));
  }

  sendTo(s: Handle, data: Uint8Array, flags: number, to: SocketAddress): Outcome<number> {
    if (!this.#sockets.has(s)) return fail('WSAENOTSOCK', 'sendto');
    const length = writeSockaddr(this.#address, to);
    requireInt32(flags, 'flags');
    return this.#library.sendto(s, pointer(data), data.length, flags, this.#address, length);
  }

  recv(s: Handle, into: Uint8Array, flags: number): Outcome<Received> {
    const state = this.#sockets.get(s);
    if (!state) return fail('WSAENOTSOCK', 'recv');
    const got = this.#library.recv(s, pointer(into), into.length, requireInt32(flags, 'flags'));
    return received(got, state.isStream, into.length);
  }

  recvFrom(s: Handle, into: Uint8Array, flags: number): Outcome<Received> {
    const state = this.#sockets.get(s);
    if (!state) return fail('WSAENOTSOCK', 'recvfrom');
    if (state.isStream) return this.recv(s, into, flags); // Winsock gives no address for streams
    this.#length[0] = SOCKADDR_BYTES;
    requireInt32(flags, 'flags');
    const got = this.#library.recvfrom(s, pointer(into), into.length, flags, this.#address, this.#length);
    const outcome = received(got, state.isStream, into.length);
    const from = this.#readAddress('recvfrom');
    return outcome.ok && from.ok ? ok({ ...outcome.value, from: from.value }) : outcome;
  }

  shutdown(s: Handle, how: ShutdownHow): Outcome<void> {
    if (!this.#sockets.has(s)) return fail('WSAENOTSOCK', 'shutdown');
    return asVoid(this.#library.shutdown(s, SHUTDOWN_HOW[how]));
  }

  sendDisconnect(s: Handle, data?: Uint8Array): Outcome<void> {
    if (!this.#sockets.has(s)) return fail('WSAENOTSOCK', 'WSASendDisconnect');
    const buffer = data ? { len: data.length, buf: pointer(data) } : null;
    return asVoid(this.#library.sendDisconnect(s, buffer));
  }

  /**
   * With NULL whatever room the caller has: no provider of Windows has disconnect data to give, and a buffer
   * would be answered with WSAENOPROTOOPT.
   */
  recvDisconnect(s: Handle): Outcome<Uint8Array | undefined> {
    if (!this.#sockets.has(s)) return fail('WSAENOTSOCK', 'WSARecvDisconnect');
    const outcome = this.#library.recvDisconnect(s, null);
    return outcome.ok ? ok(undefined) : outcome;
  }

  getSockName(s: Handle): Outcome<SocketAddress> {
    return this.#name(s, 'getsockname');
  }

  getPeerName(s: Handle): Outcome<SocketAddress> {
    return this.#name(s, 'getpeername');
  }

  getSockOpt(s: Handle, option: OptionName): Outcome<OptionValue> {
    const state = this.#sockets.get(s);
    if (!state) return fail('WSAENOTSOCK', 'getsockopt');
    if (option === 'SO_ERROR' && state.soError !== 0) {
      const { soError } = state;
      state.soError = 0;
      return ok(soError);
    }
    const { level, id, type } = OPTIONS[option];
    const bytes = this.#readOption(s, OPTION_LEVELS[level], id);
    return bytes.ok ? ok(decodeOption(type, bytes.value)) : bytes;
  }

  setSockOpt(s: Handle, option: OptionName, value: OptionValue): Outcome<void> {
    if (!this.#sockets.has(s)) return fail('WSAENOTSOCK', 'setsockopt');
    const { level, id, type } = OPTIONS[option];
    const bytes = encodeOption(type, value);
    if (!bytes) return fail('WSAEINVAL', 'setsockopt');
    return asVoid(this.#library.setsockopt(s, OPTION_LEVELS[level], id, bytes, bytes.length));
  }

  available(s: Handle): Outcome<number> {
    if (!this.#sockets.has(s)) return fail('WSAENOTSOCK', 'ioctlsocket');
    const bytes = new Uint32Array(1);
    const outcome = this.#library.ioctlsocket(s, IOCTLS.FIONREAD, bytes);
    return outcome.ok ? ok(bytes[0] ?? 0) : outcome;
  }

  watch(s: Handle, want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch> {
    if (!this.#sockets.has(s)) return fail('WSAENOTSOCK', 'watch');
    const alive = this.#readOption(s, SOL_SOCKET, SO_TYPE); // rule 4 of the reactor
    return alive.ok ? ok(this.#reactor.watch(s, want, wake)) : alive;
  }

  /** Windows does not tell how much the peer has acknowledged. */
  unsent(s: Handle): Outcome<number | undefined> {
    return this.#sockets.has(s) ? ok(undefined) : fail('WSAENOTSOCK', 'unsent');
  }

  close(s: Handle): Outcome<void> {
    return this.#close(s, { onoff: false, linger: 0 });
  }

  abort(s: Handle): Outcome<void> {
    return this.#close(s, { onoff: true, linger: 0 });
  }

  /** One WSACleanup for the one WSAStartup of this object: libuv's own count is never touched. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#reactor.dispose();
    this.#library.cleanup();
  }

  /** Whether a connection is over for senders. A send of no bytes tells, and on a stream does nothing. */
  #hasFailed(s: Handle): boolean {
    if (!this.#sockets.get(s)?.isStream) return false;
    const sent = this.#library.send(s, NO_BYTES, 0, 0);
    return !sent.ok && !failedWith(sent, 'WSAEWOULDBLOCK') && !failedWith(sent, 'WSAENOTCONN');
  }

  /**
   * Makes a new SOCKET one of ours: non-blocking, and whatever else must be so from birth.
   *
   * @param more further native calls; the socket is closed when one of them fails
   */
  #adopt(
    value: number,
    like: Pick<SocketState, 'isStream' | 'family'>,
    more: () => (() => Outcome<unknown>)[] = () => [],
  ): Outcome<Handle> {
    const steps = [...more(), () => this.#setNonBlocking(value, true)];
    for (const step of steps) {
      const outcome = step();
      if (outcome.ok) continue;
      this.#library.closesocket(value);
      return outcome;
    }
    const handle = toHandle(value);
    this.#sockets.set(handle, { isStream: like.isStream, family: like.family, soError: 0 });
    return ok(handle);
  }

  #setNonBlocking(s: number, on: boolean): Outcome<number> {
    return this.#library.ioctlsocket(s, IOCTLS.FIONBIO | 0, Uint32Array.of(on ? 1 : 0));
  }

  #name(s: Handle, call: 'getsockname' | 'getpeername'): Outcome<SocketAddress> {
    if (!this.#sockets.has(s)) return fail('WSAENOTSOCK', call);
    this.#length[0] = SOCKADDR_BYTES;
    const outcome = this.#library[call](s, this.#address, this.#length);
    return outcome.ok ? this.#readAddress(call) : outcome;
  }

  #readAddress(call: string): Outcome<SocketAddress> {
    const address = readSockaddr(this.#address, this.#length[0] ?? 0);
    return address ? ok(address) : fail('WSAEAFNOSUPPORT', call);
  }

  #readOption(s: Handle, level: number, id: number): Outcome<Buffer> {
    const bytes = Buffer.alloc(OPTION_BYTES);
    this.#length[0] = OPTION_BYTES;
    const outcome = this.#library.getsockopt(s, level, id, bytes, this.#length);
    return outcome.ok ? ok(bytes) : outcome;
  }

  /** Gives up our side of a socket; what is left is the native close. */
  #letGo(s: Handle): Outcome<SocketState> {
    const state = this.#sockets.get(s);
    if (!state) return fail('WSAENOTSOCK', 'closesocket');
    if (this.#reactor.isWatched(s)) throw new Error('a socket is closed while a watch on it is live');
    this.#reactor.release(s); // rule 6 of the reactor
    this.#sockets.delete(s);
    return ok(state);
  }

  /**
   * closesocket with the linger given. A non-blocking socket with a linger time would answer WSAEWOULDBLOCK
   * and stay open. On datagram sockets there is none; a failure to set it changes nothing about the close.
   */
  #close(s: Handle, linger: { onoff: boolean; linger: number }): Outcome<void> {
    const mine = this.#letGo(s);
    if (!mine.ok) return mine;
    if (mine.value.isStream) {
      this.#library.setsockopt(s, SOL_SOCKET, SO_LINGER, encodeLinger(linger), OPTION_BYTES);
    }
    return asVoid(this.#library.closesocket(s));
  }

  async #lingeringClose(s: Handle, seconds: number): Promise<Outcome<void>> {
    if (!Number.isInteger(seconds) || seconds < 0 || seconds > 0xffff) {
      throw new RangeError(`linger seconds out of range: ${seconds}`);
    }
    const mine = this.#letGo(s);
    if (!mine.ok) return mine;
    this.#setNonBlocking(s, false); // else closesocket would answer WSAEWOULDBLOCK
    const linger = encodeLinger({ onoff: true, linger: seconds });
    this.#library.setsockopt(s, SOL_SOCKET, SO_LINGER, linger, OPTION_BYTES);
    return asVoid(await this.#library.closesocketAsync(s));
  }
}

const pointer = (bytes: Uint8Array): Uint8Array => (bytes.length === 0 ? NO_BYTES : bytes);
