import type { Draft, Place } from './draft.js';
import { isWithPort, type Members, membersOf, type Told, textIn, type WithPort } from './made-call.js';

/** What the steps so far have returned that later ones may name: ids, and addresses with assigned ports. */
export class Given {
  readonly #ids = new Map<string, Place>();
  readonly #ports = new Map<number, Place & { readonly address: WithPort }>();
  readonly #sessionOf = new Map<string, string>();
  /** Relays whose ids the journal does not tell, by session, in their order. */
  readonly #relays = new Map<string, Draft[]>();

  /** The place of an id. Faults have theirs in each session. */
  placeOf(id: string, sessionId: string | undefined): Place | undefined {
    return this.#ids.get(id) ?? this.#ids.get(faultKey(sessionId, id));
  }

  /** The place of a relay: that of the first start that no id is known of yet, if no start gave this one. */
  placeOfRelay(id: string, sessionId: string | undefined): Place | undefined {
    const known = this.#ids.get(id);
    if (known) return known;
    const draft = this.#relays.get(sessionId ?? '')?.shift();
    return draft && this.#keep(id, { draft, pointer: '/relayId' });
  }

  placeOfPort(port: number): (Place & { readonly address: WithPort }) | undefined {
    return this.#ports.get(port);
  }

  sessionOf(socketId: string | undefined): string | undefined {
    return this.#sessionOf.get(socketId ?? '');
  }

  hasFault(id: string, sessionId: string | undefined): boolean {
    return this.#ids.has(faultKey(sessionId, id));
  }

  /** Keeps where a session or a socket comes from. */
  keepId(id: string, place: Place, sessionId?: string): void {
    this.#keep(id, place);
    if (sessionId !== undefined) this.#sessionOf.set(id, sessionId);
  }

  /** Keeps what a call has returned. */
  keepResult(told: Told, draft: Draft, isAssigned: (port: number) => boolean): void {
    const { operation, result } = told;
    const sessionId =
      told.sessionId ?? textIn(result, 'sessionId') ?? this.sessionOf(textIn(told.params, 'socketId'));
    for (const name of MAKES[operation] ?? []) {
      const id = textIn(result, name);
      if (id !== undefined)
        this.keepId(id, { draft, pointer: `/${name}` }, sessionOfNew(told, name) ?? sessionId);
    }
    this.#keepFaults(result, draft, sessionId);
    if (operation === 'startRelay' && told.outcome === 'ok' && textIn(result, 'relayId') === undefined) {
      this.#relays.set(sessionId ?? '', [...(this.#relays.get(sessionId ?? '') ?? []), draft]);
    }
    for (const name of ADDRESSES[operation] ?? []) {
      const address = result[name];
      if (!isWithPort(address) || !isAssigned(address.port) || this.#ports.has(address.port)) continue;
      this.#ports.set(address.port, { draft, pointer: `/${name}`, address });
    }
  }

  #keepFaults(result: Members, draft: Draft, sessionId: string | undefined): void {
    const { faultIds } = membersOf(result);
    const many = Array.isArray(faultIds) ? faultIds : [];
    for (const [i, id] of many.entries()) {
      this.#keep(faultKey(sessionId, String(id)), { draft, pointer: `/faultIds/${i}` });
    }
    const one = draft.operation === 'armFault' ? textIn(result, 'faultId') : undefined;
    if (one !== undefined) this.#keep(faultKey(sessionId, one), { draft, pointer: '/faultId' });
  }

  #keep(id: string, place: Place): Place {
    const known = this.#ids.get(id);
    if (!known) this.#ids.set(id, place);
    return known ?? place;
  }
}

const faultKey = (sessionId: string | undefined, id: string): string => `${sessionId ?? ''} ${id}`;

/** A second id may be in another session than the first. */
const sessionOfNew = ({ operation, params }: Told, name: string): string | undefined =>
  operation === 'duplicate' && name === 'socketId' ? textIn(params, 'sessionId') : undefined;

/** The ids that calls make. */
const MAKES: Readonly<Record<string, readonly string[]>> = {
  startup: ['sessionId'],
  socket: ['socketId'],
  accept: ['socketId'],
  conditionalAccept: ['socketId', 'offerId'],
  duplicate: ['socketId'],
  startRelay: ['relayId'],
};

/** The addresses in the results of calls, whose ports may have been assigned. */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  bind: ['localAddress'],
  connect: ['localAddress'],
  getSockName: ['address'],
  getPeerName: ['address'],
  getSocket: ['localAddress', 'remoteAddress'],
  accept: ['remoteAddress'],
  conditionalAccept: ['remoteAddress'],
  recvFrom: ['address'],
  recvMsg: ['address'],
};
