import type { Accepted, Offer } from '../providers/provider.js';
import { fail, type Outcome, ok } from '../winsock/outcome.js';
import type { Ids, OfferId } from './ids.js';
import type { Socket } from './socket.js';
import type { UnderlyingSocket } from './underlying-socket.js';

/**
 * The first of the connections that wait at a listener: in the provider's queue, or taken from there already
 * (because a reply was not delivered, or because the provider has no other way to look at one).
 */
type First =
  | { readonly kind: 'offered'; readonly key: number; readonly seen: Offer }
  | { readonly kind: 'taken'; readonly key: Accepted; readonly seen: Accepted };

export interface ShownOffer extends Pick<Offer, 'remote' | 'callerData'> {
  readonly id: OfferId;
}

/** What the condition function of WSAAccept is asked about, one listener's first offer at a time. */
export class Offers {
  readonly #ids: Ids;
  /** The offer that was shown last, by the listener. */
  readonly #shown = new WeakMap<UnderlyingSocket, { readonly id: OfferId; readonly key: unknown }>();

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
   * WSAAccept says of an offer that is no longer there.
   */
  check(listener: Socket, id: string | undefined): Outcome<void> {
    if (id === undefined) return ok(undefined);
    // Hidden is not withdrawn: the answer comes when it can be seen.
    if (listener.frozenBy !== undefined) return fail('WSAEWOULDBLOCK', 'WSAAccept');
    const first = this.#first(listener);
    const shown = this.#shown.get(listener.underlying);
    if (first.ok && shown?.id === id && shown.key === first.value.key) return ok(undefined);
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
   */
  reject(listener: Socket, disconnectData: Uint8Array | undefined): Outcome<ShownOffer> {
    const first = this.#first(listener);
    if (!first.ok) return first;
    const shown = this.#shownAs(listener, first.value);
    if (first.value.kind === 'offered') {
      const rejected = listener.use((provider, s) => provider.offers?.reject(s, disconnectData));
      return rejected === undefined || rejected.ok ? ok(shown) : rejected;
    }
    if (disconnectData !== undefined && disconnectData.length > 0) {
      return fail('WSAEOPNOTSUPP', 'WSAAccept', { detail: 'the connect of the caller has ended already.' });
    }
    listener.returnedAccepts.shift();
    const { handle } = first.value.seen;
    listener.use((provider) => provider.abort(handle));
    return ok(shown);
  }

  #first(listener: Socket): Outcome<First> {
    return listener.take(() => this.#unhidden(listener));
  }

  #unhidden(listener: Socket): Outcome<First> {
    const taken = listener.returnedAccepts[0];
    if (taken) return ok({ kind: 'taken', key: taken, seen: taken });
    const offered = listener.use((provider, s) => provider.offers?.first(s));
    if (offered?.ok) return ok({ kind: 'offered', key: offered.value.id, seen: offered.value });
    if (offered) return offered;
    const accepted = listener.use((provider, s) => provider.accept(s));
    if (!accepted.ok) return accepted;
    listener.returnedAccepts.push(accepted.value);
    listener.changes.fire();
    return ok({ kind: 'taken', key: accepted.value, seen: accepted.value });
  }

  #shownAs(listener: Socket, { key, seen }: First): ShownOffer {
    const before = this.#shown.get(listener.underlying);
    const shown = before?.key === key ? before : { id: this.#ids.offer(), key };
    this.#shown.set(listener.underlying, shown);
    return { id: shown.id, remote: seen.remote, ...(seen.callerData && { callerData: seen.callerData }) };
  }
}
