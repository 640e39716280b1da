import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Accepted, Handle, Provider, Readiness, Watch } from '../../../src/providers/provider.js';
import { type InternetAddress, isInternet, type SocketAddress } from '../../../src/winsock/addresses.js';
import { ADDRESS_FAMILIES, SOCKET_TYPES, type SocketType } from '../../../src/winsock/constants.js';
import { WSA_ERRORS, type WsaName, wsaNameOf } from '../../../src/winsock/errors.js';
import type { Outcome } from '../../../src/winsock/outcome.js';
import { PFL, type ProtocolInfo } from '../../../src/winsock/protocol-info.js';
import { removeFolder } from '../../places.js';

export type Family = InternetAddress['family'];

/** A destination to which a connect stays pending until the test releases it. */
export interface PendingConnect {
  readonly address: InternetAddress;
  /** Closes what was opened for it; called at the end of the case. */
  release(): void;
}

/** Facts about the provider that the suite cannot find out. */
export interface ContractFacts {
  readonly platform?: 'wine';
  /** Absent: the cases of the connecting state do not exist for this provider. */
  readonly pendingConnect?: (provider: Provider) => Promise<PendingConnect>;
}

/** Nothing in the suite waits longer for one event. */
const PATIENCE_MS = 20_000;

/** The value of an outcome that must be a success. */
export const value = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) assert.fail(`${outcome.call} failed: ${wsaNameOf(outcome.code)} (${outcome.code})`);
  return outcome.value;
};

/** `ok`, or the name of the code. */
export const answer = (outcome: Outcome<unknown>): string =>
  outcome.ok ? 'ok' : (wsaNameOf(outcome.code) ?? String(outcome.code));

/** The outcome must be one of these failures, and name the call that failed. */
export const refused = (outcome: Outcome<unknown>, ...names: readonly WsaName[]): void => {
  const got = answer(outcome);
  assert.ok((names as readonly string[]).includes(got), `expected ${names.join(' or ')}, got ${got}`);
  assert.ok(!outcome.ok && outcome.call.length > 0);
};

export const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

export const WILDCARD: Readonly<Record<Family, string>> = { AF_INET: '0.0.0.0', AF_INET6: '::' };

export const LOOPBACK: Readonly<Record<Family, string>> = { AF_INET: '127.0.0.1', AF_INET6: '::1' };

/** The loopback address of a family; port 0 lets the provider choose. */
export const loopback = (family: Family = 'AF_INET', port = 0): InternetAddress => ({
  family,
  address: LOOPBACK[family],
  port,
});

/** The address, which must be a numeric one. */
export const internet = (address: SocketAddress): InternetAddress => {
  assert.ok(isInternet(address), JSON.stringify(address));
  return address;
};

/** A later turn of the event loop. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The entry that socket(family, type, 0) picks, if the provider has one. */
export const defaultEntry = (
  entries: readonly ProtocolInfo[],
  type: SocketType,
  family: Family = 'AF_INET',
): ProtocolInfo | undefined =>
  entries.find(
    (entry) =>
      entry.socketType === SOCKET_TYPES[type] &&
      entry.addressFamily === ADDRESS_FAMILIES[family] &&
      (entry.providerFlags & PFL.PFL_MATCHES_PROTOCOL_ZERO) !== 0,
  );

export const familyOf = (entry: ProtocolInfo): Family =>
  entry.addressFamily === ADDRESS_FAMILIES.AF_INET6 ? 'AF_INET6' : 'AF_INET';

export interface Listener {
  readonly handle: Handle;
  readonly address: InternetAddress;
}

export interface Pair {
  readonly client: Handle;
  readonly server: Handle;
  readonly listener: Listener;
}

/** Ports below those of test/places.ts. */
const LEAST_PORT = 5_000;
const PORTS = 5_000;
const PORTS_OF_PROCESS = 512;
let taken = 0;

/** The sockets of one case, and actions on them. Closes every socket that the case leaves open. */
export class CaseSockets {
  readonly provider: Provider;
  readonly facts: ContractFacts;
  readonly #entries: readonly ProtocolInfo[];
  readonly #open = new Set<Handle>();
  readonly #watches = new Set<Watch>();
  readonly #atEnd: (() => void)[] = [];

  constructor(provider: Provider, facts: ContractFacts) {
    this.provider = provider;
    this.facts = facts;
    this.#entries = value(provider.enumProtocols());
  }

  /** A socket of an entry; the default is the IPv4 stream. */
  open(entry: ProtocolInfo): Handle {
    return this.own(value(this.provider.socket(entry, 0)));
  }

  stream(family: Family = 'AF_INET'): Handle {
    return this.open(this.#entry('SOCK_STREAM', family));
  }

  datagram(family: Family = 'AF_INET'): Handle {
    return this.open(this.#entry('SOCK_DGRAM', family));
  }

  /** A stream of AF_UNIX. */
  unix(): Handle {
    const entry = this.#entries.find(({ addressFamily }) => addressFamily === ADDRESS_FAMILIES.AF_UNIX);
    assert.ok(entry, 'no entry for AF_UNIX');
    return this.open(entry);
  }

  /** An empty folder with a short name, gone with the case. */
  folder(): string {
    const path = mkdtempSync(join(realpathSync.native(tmpdir()), 'unix-'));
    this.#atEnd.push(() => removeFolder(path));
    return path;
  }

  /** Adds a handle to those that are closed with the case. */
  own(handle: Handle): Handle {
    this.#open.add(handle);
    return handle;
  }

  close(handle: Handle): void {
    value(this.provider.close(handle));
    this.#open.delete(handle);
  }

  abort(handle: Handle): void {
    value(this.provider.abort(handle));
    this.#open.delete(handle);
  }

  /** Binds to a free loopback port; returns the name. */
  bind(handle: Handle, family: Family = 'AF_INET'): InternetAddress {
    value(this.provider.bind(handle, loopback(family)));
    return internet(value(this.provider.getSockName(handle)));
  }

  /**
   * A port at which no program has a socket of any type and family, for cases that bind a second socket to
   * the same port. It stays free: by default systems assign greater ports to sockets that ask for port 0,
   * servers of other tests have greater ones too (test/places.ts), and each process of the tests begins
   * elsewhere.
   */
  freePort(): number {
    for (let attempt = 0; attempt < 100; attempt++) {
      const port = LEAST_PORT + ((process.pid * PORTS_OF_PROCESS + taken++) % PORTS);
      if (this.#isFree(port)) return port;
    }
    return assert.fail('no free port found');
  }

  #isFree(port: number): boolean {
    const families = [...new Set(this.#entries.map(familyOf))];
    return families.every((family) =>
      (['stream', 'datagram'] as const).every((type) => {
        const probe = this[type](family);
        value(this.provider.setSockOpt(probe, 'SO_EXCLUSIVEADDRUSE', true));
        const bound = this.provider.bind(probe, { family, address: WILDCARD[family], port });
        this.close(probe);
        return bound.ok;
      }),
    );
  }

  listener(options: { family?: Family; entry?: ProtocolInfo; backlog?: number } = {}): Listener {
    const handle = options.entry ? this.open(options.entry) : this.stream(options.family);
    const address = this.bind(handle, options.entry ? familyOf(options.entry) : options.family);
    value(this.provider.listen(handle, options.backlog ?? 5));
    return { handle, address };
  }

  /** A loopback address that refuses: its port is bound, so that no other program can listen there. */
  deadAddress(): InternetAddress {
    return this.bind(this.stream());
  }

  /** Begins a connect; it may end at once. */
  begin(handle: Handle, to: SocketAddress): void {
    const begun = this.provider.connect(handle, to);
    if (!begun.ok) refused(begun, 'WSAEWOULDBLOCK');
  }

  /** Waits until a connect has ended; returns its result. */
  async ended(handle: Handle): Promise<Outcome<unknown>> {
    for (;;) {
      const outcome = this.provider.finishConnect(handle);
      if (outcome.ok || outcome.code !== WSA_ERRORS.WSAEWOULDBLOCK.code) return outcome;
      await this.ready(handle, { write: true });
    }
  }

  async accept(listener: Handle): Promise<Accepted> {
    const accepted = await this.once(listener, { read: true }, () => this.provider.accept(listener));
    this.own(accepted.handle);
    return accepted;
  }

  async pair(options: { family?: Family; entry?: ProtocolInfo } = {}): Promise<Pair> {
    const listener = this.listener(options);
    const client = options.entry ? this.open(options.entry) : this.stream(options.family);
    this.begin(client, listener.address);
    const { handle: server } = await this.accept(listener.handle);
    value(await this.ended(client));
    return { client, server, listener };
  }

  /** Returns the call's value; while it is WSAEWOULDBLOCK, waits and tries again. */
  async once<T>(handle: Handle, want: Readiness, attempt: () => Outcome<T>): Promise<T> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const outcome = attempt();
      if (outcome.ok || outcome.code !== WSA_ERRORS.WSAEWOULDBLOCK.code) return value(outcome);
      assert.ok(Date.now() < deadline, 'was woken again and again for nothing');
      await this.ready(handle, want);
    }
  }

  /** Resolves with the readiness; rejects after a time limit. */
  ready(handle: Handle, want: Readiness): Promise<Readiness> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        watch.stop();
        reject(new Error(`no ${Object.keys(want).join(' or ')} within ${PATIENCE_MS} ms`));
      }, PATIENCE_MS);
      const watch = this.watch(handle, want, (seen) => {
        clearTimeout(timer);
        resolve(seen);
      });
    });
  }

  /** A watch that ends with the case at the latest. */
  watch(handle: Handle, want: Readiness, wake: (seen: Readiness) => void): Watch {
    const watch = value(this.provider.watch(handle, want, wake));
    this.#watches.add(watch);
    return watch;
  }

  async sendAll(handle: Handle, data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.byteLength; ) {
      const rest = data.subarray(at);
      at += await this.once(handle, { write: true }, () => this.provider.send(handle, rest, 0));
    }
  }

  /**
   * Sends until the socket accepts no more; returns the number of accepted bytes. Both buffers have a fixed
   * size, and the receiver's is much smaller. A system that chooses the sizes itself may enlarge full
   * buffers, which makes room without a receive.
   */
  fill(handle: Handle, receiver: Handle): number {
    value(this.provider.setSockOpt(handle, 'SO_SNDBUF', 1 << 18));
    value(this.provider.setSockOpt(receiver, 'SO_RCVBUF', 1 << 16));
    const chunk = new Uint8Array(65_536).fill(0x66);
    for (let total = 0; ; ) {
      const sent = this.provider.send(handle, chunk, 0);
      if (!sent.ok) {
        refused(sent, 'WSAEWOULDBLOCK');
        return total;
      }
      total += sent.value;
    }
  }

  /** Waits for one receive and returns its bytes; an empty buffer at the end. */
  async recv(handle: Handle, most = 65_536): Promise<Buffer> {
    const into = Buffer.alloc(most);
    const got = await this.once(handle, { read: true }, () => this.provider.recv(handle, into, 0));
    assert.equal(got.eof, got.bytes === 0);
    return into.subarray(0, got.bytes);
  }

  /** All bytes up to the peer's end. */
  async recvAll(handle: Handle): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (;;) {
      const part = await this.recv(handle);
      if (part.byteLength === 0) return Buffer.concat(parts);
      parts.push(part);
    }
  }

  async recvExactly(handle: Handle, count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = count; left > 0; ) {
      const part = await this.recv(handle, left);
      assert.ok(part.byteLength > 0, `the end came ${left} bytes too early`);
      parts.push(part);
      left -= part.byteLength;
    }
    return Buffer.concat(parts);
  }

  /**
   * Checks in later turns until the condition holds. For conditions without an event, such as an empty send
   * queue.
   */
  async until(what: string, holds: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!holds()) {
      assert.ok(Date.now() < deadline, `${what}: not within ${PATIENCE_MS} ms`);
      await turn();
    }
  }

  /** A destination whose connect stays pending; released with the case. */
  async pending(): Promise<InternetAddress> {
    assert.ok(this.facts.pendingConnect, 'the runner gives no pendingConnect');
    const { address, release } = await this.facts.pendingConnect(this.provider);
    this.#atEnd.push(release);
    return address;
  }

  end(): void {
    for (const watch of this.#watches) watch.stop();
    for (const handle of this.#open) this.provider.abort(handle);
    for (const release of this.#atEnd) release();
  }

  #entry(type: SocketType, family: Family): ProtocolInfo {
    const entry = defaultEntry(this.#entries, type, family);
    assert.ok(entry, `no entry for ${family} ${type}`);
    return entry;
  }
}
