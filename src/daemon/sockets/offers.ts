import type { Accepted, Handle, NativeOffers, Offer } from '../../providers/provider.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Ids, OfferId } from '../ids/ids.js';
import type { Socket } from './socket.js';
import type { UnderlyingSocket } from './underlying-socket.js';

/**
 * The first connection that waits at a listener. It is in the provider's queue, or was taken from there
 * (because a reply was not delivered, or because the provider cannot show a connection in its queue).
 */
type FirstOffer = Offer | Accepted;

/** The provider's id of an offer in its queue. */
const queueIdOf = (first: FirstOffer): Offer['id'] | undefined => ('id' in first ? first.id : undefined);

/** Identifies a connection: it stays the same as long as the connection does. */
type Key = Offer['id'] | Accepted;
const keyOf = (first: FirstOffer): Key => ('id' in first ? first.id : first);

/**
 * Asks the provider about its queue; undefined if the first connection is not there or cannot be shown there.
 */
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

/** The offers that a condition function of WSAAccept would decide on: the first one of each listener. */
export class Offers {
  readonly #ids: Ids;
  /** The offer that was shown last, for each listener. */
  readonly #shown = new WeakMap<UnderlyingSocket, { readonly id: OfferId; readonly key: Key }>();

  constructor(ids: Ids) {
    this.#ids = ids;
  }

  /** CF_DEFER: shows the first offer and leaves it first. The same offer has the same id. */
  first(listener: Socket): Outcome<ShownOffer> {
    const first = this.#first(listener);
    return first.ok ? ok(this.#show(listener, first.value)) : first;
  }

  /**
   * WSAEACCES unless the offer of that id is still the first: otherwise it was withdrawn, or another call
   * took it. WSAAccept has this code for an offer that is no longer there. Returns the provider's id for the
   * call that decides, because on a real network the offer may be withdrawn in between.
   */
  check(listener: Socket, id: string | undefined): Outcome<Offer['id'] | undefined> {
    if (id === undefined) return ok(undefined);
    // A hidden offer is not withdrawn: it is checked when it is visible again.
    if (listener.inbound.isHidden) return fail('WSAEWOULDBLOCK', 'WSAAccept');
    const first = this.#first(listener);
    const shown = this.#shown.get(listener.underlying);
    if (first.ok && shown?.id === id && shown.key === keyOf(first.value)) return ok(queueIdOf(first.value));
    return fail('WSAEACCES', 'WSAAccept', { detail: 'the offer of this id is not the first any more.' });
  }

  /**
   * CF_ACCEPT took the offer shown last. If that answer is not delivered, the offer is first again, with its
   * id.
   */
  took(listener: Socket, accepted: Accepted): void {
    const shown = this.#shown.get(listener.underlying);
    if (shown) this.#shown.set(listener.underlying, { id: shown.id, key: accepted });
  }

  /**
   * CF_REJECT: rejects the first offer. If the stack has completed the connection already, it is reset.
   *
   * @param disconnectData only for entries with XP1_DISCONNECT_DATA
   * @param only what `check` returned
   */
  reject(
    listener: Socket,
    disconnectData: Uint8Array | undefined,
    only: Offer['id'] | undefined,
  ): Outcome<ShownOffer> {
    const rejected = inQueue(listener, (offers, s) => offers.reject(s, disconnectData, only));
    if (!rejected.ok) return rejected;
    if (rejected.value) return ok(this.#show(listener, rejected.value));
    const first = listener.inbound.peekAccept(listener);
    if (!first.ok) return first;
    const shown = this.#show(listener, first.value);
    if (disconnectData !== undefined && disconnectData.length > 0) {
      return fail('WSAEOPNOTSUPP', 'WSAAccept', { detail: 'the connect of the caller has ended already.' });
    }
    // This accept returns the offer that was just shown.
    listener.inbound.accept(listener);
    listener.use((provider) => provider.abort(first.value.handle));
    return ok(shown);
  }

  #first(listener: Socket): Outcome<FirstOffer> {
    const first = inQueue(listener, (offers, s) => offers.first(s));
    if (!first.ok) return first;
    return first.value ? ok(first.value) : listener.inbound.peekAccept(listener);
  }

  #show(listener: Socket, first: FirstOffer): ShownOffer {
    const { remote, callerData } = first;
    const key = keyOf(first);
    const before = this.#shown.get(listener.underlying);
    const shown = before?.key === key ? before : { id: this.#ids.offer(), key };
    this.#shown.set(listener.underlying, shown);
    return { id: shown.id, remote, ...(callerData && { callerData }) };
  }
}
