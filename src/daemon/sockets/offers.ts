import type { Accepted, Handle, NativeOffers, Offer } from '../../providers/provider.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Ids, OfferId } from '../ids/ids.js';
import type { Socket } from './socket.js';
import type { UnderlyingSocket } from './underlying-socket.js';

/**
 * The first of the connections that wait at a listener: in the provider's queue, or taken from there already
 * (because a reply was not delivered, or because the provider has no other way to look at one).
 */
type First = Offer | Accepted;

/** What the provider calls an offer in its queue. */
const queuedAs = (first: First): Offer['id'] | undefined => ('id' in first ? first.id : undefined);

/** The same as long as it is the same connection. */
type Key = Offer['id'] | Accepted;
const keyOf = (first: First): Key => ('id' in first ? first.id : first);

/** Asks the provider about its queue; undefined where the first is not there, or cannot be looked at there. */
const inQueue = (
  listener: Socket,
  ask: (offers: NativeOffers, s: Handle) => Outcome<Offer | undefined>,
): Outcome<Offer | undefined> =>
  listener.use(({ offers }, s) => {
    const { isHidden, holdsAccept } = listener.inbound;
    return isHidden || holdsAccept || !offers ? ok(undefined) : ask(offers, s);
  });

export interface ShownOffer extends Pick<Offer, 'remote' | 'callerData'> {
  readonly id: OfferId;
}

/** What the condition function of WSAAccept is asked about, one listener's first offer at a time. */
export class Offers {
  readonly #ids: Ids;
  /** The offer that was shown last, by the listener. */
  readonly #shown = new WeakMap<UnderlyingSocket, { readonly id: OfferId; readonly key: Key }>();

  constructor(ids: Ids) {
    this.#ids = ids;
  }

  /** CF_DEFER: shows the first offer and leaves it first. The same offer has the same id. */
  first(listener: Socket): Outcome<ShownOffer> {
    const first = this.#first(listener);
    return first.ok ? ok(this.#shownAs(listener, first.value)) : first;
  }

  /**
   * WSAEACCES unless the offer of that id is still the first: it was withdrawn, or taken by another call. As
   * WSAAccept says of an offer that is no longer there. Gives what the provider calls it, for the call that
   * decides: on a real network it may be withdrawn in between.
   */
  check(listener: Socket, id: string | undefined): Outcome<Offer['id'] | undefined> {
    if (id === undefined) return ok(undefined);
    // Hidden is not withdrawn: the answer comes when it can be seen.
    if (listener.inbound.isHidden) return fail('WSAEWOULDBLOCK', 'WSAAccept');
    const first = this.#first(listener);
    const shown = this.#shown.get(listener.underlying);
    if (first.ok && shown?.id === id && shown.key === keyOf(first.value)) return ok(queuedAs(first.value));
    return fail('WSAEACCES', 'WSAAccept', { detail: 'the offer of this id is not the first any more.' });
  }

  /** CF_ACCEPT took the offer shown last. If that is not delivered, the connection comes first again, by its id. */
  took(listener: Socket, accepted: Accepted): void {
    const shown = this.#shown.get(listener.underlying);
    if (shown) this.#shown.set(listener.underlying, { id: shown.id, key: accepted });
  }

  /**
   * CF_REJECT: turns the first offer away. Where the stack has completed the connection already, it is reset.
   *
   * @param disconnectData only for entries with XP1_DISCONNECT_DATA
   * @param only what `check` gave
   */
  reject(
    listener: Socket,
    disconnectData: Uint8Array | undefined,
    only: Offer['id'] | undefined,
  ): Outcome<ShownOffer> {
    const rejected = inQueue(listener, (offers, s) => offers.reject(s, disconnectData, only));
    if (!rejected.ok) return rejected;
    if (rejected.value) return ok(this.#shownAs(listener, rejected.value));
    const first = listener.inbound.firstAccept(listener);
    if (!first.ok) return first;
    const shown = this.#shownAs(listener, first.value);
    if (disconnectData !== undefined && disconnectData.length > 0) {
      return fail('WSAEOPNOTSUPP', 'WSAAccept', { detail: 'the connect of the caller has ended already.' });
    }
    // It is the one that accept gives now.
    listener.inbound.accept(listener);
    listener.use((provider) => provider.abort(first.value.handle));
    return ok(shown);
  }

  #first(listener: Socket): Outcome<First> {
    const first = inQueue(listener, (offers, s) => offers.first(s));
    if (!first.ok) return first;
    return first.value ? ok(first.value) : listener.inbound.firstAccept(listener);
  }

  #shownAs(listener: Socket, first: First): ShownOffer {
    const { remote, callerData } = first;
    const key = keyOf(first);
    const before = this.#shown.get(listener.underlying);
    const shown = before?.key === key ? before : { id: this.#ids.offer(), key };
    this.#shown.set(listener.underlying, shown);
    return { id: shown.id, remote, ...(callerData && { callerData }) };
  }
}
