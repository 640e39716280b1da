import type { SocketState } from '../../winsock/socket-state.js';
import { type Refusal, refuse } from '../answers/refusals.js';
import type { EndOfId } from '../ids/tombstones.js';
import type { JournalEntry } from './journal-entry.js';
import { Ring } from './ring.js';

/** What kinds of events there are. */
export const EVENT_KINDS = ['operation', 'undelivered', 'state', 'session'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** What an event says, by its kind. */
export type EventBody =
  | { readonly kind: 'operation'; readonly entry: JournalEntry }
  | { readonly kind: 'undelivered'; readonly sequence: number; readonly collected?: true }
  | { readonly kind: 'state'; readonly from: SocketState; readonly to: SocketState }
  | {
      readonly kind: 'session';
      readonly change: 'began' | 'ended';
      readonly reason: EndOfId | undefined;
    };

/** Something that happened, and where, with its number among what happened to its owner: from 1, without gaps. */
export interface DaemonEvent {
  readonly number: number;
  readonly sessionId: string;
  readonly socketId: string | undefined;
  /** A second socket that it belongs to: the one that an accept created. */
  readonly otherSocketId: string | undefined;
  readonly body: EventBody;
}

/** What nothing will be heard of any more: a session, or with `socketId` one socket of it. */
export interface Over {
  readonly sessionId: string;
  readonly socketId?: string;
}

/** Somebody who follows the events of one owner. Must not throw, nor make calls of the daemon. */
export interface Follower {
  onEvent(event: DaemonEvent): void;
  /** There will be no more events of a session, or of one socket that had ended before. */
  onOver(over: Over): void;
  /** There will be no more events. */
  onEnd(): void;
}

interface OwnerLog {
  count: number;
  readonly kept: Ring<DaemonEvent>;
  readonly followers: Set<Follower>;
}

/** What happens in the daemon, in its order, apart for each owner; the newest are kept for those who come back. */
export class EventLog {
  readonly #most: number;
  readonly #mostFollowers: number;
  readonly #owners = new Map<string, OwnerLog>();

  /**
   * @param most how many events of each owner are kept
   * @param mostFollowers how many may follow one owner at once
   */
  constructor(most: number, mostFollowers: number) {
    this.#most = most;
    this.#mostFollowers = mostFollowers;
  }

  /** Tells what happened, and gives the event that had to make room for it. */
  publish(
    owner: string,
    body: EventBody,
    sessionId: string,
    socketId: string | undefined,
    otherSocketId: string | undefined,
  ): DaemonEvent | undefined {
    const log = this.#of(owner);
    const event: DaemonEvent = { number: ++log.count, sessionId, socketId, otherSocketId, body };
    const dropped = log.kept.push(event);
    for (const follower of log.followers) follower.onEvent(event);
    return dropped;
  }

  /** Drops the older half of the events of an owner, and gives them. */
  dropHalf(owner: string): readonly DaemonEvent[] {
    return this.#of(owner).kept.dropHalf();
  }

  /** Tells those who follow the owner that nothing more will come of something. */
  over(owner: string, over: Over): void {
    for (const follower of [...this.#of(owner).followers]) follower.onOver(over);
  }

  /** The refusal, where as many follow the owner as may. */
  overQuota(owner: string): Refusal | undefined {
    if (this.#of(owner).followers.size < this.#mostFollowers) return undefined;
    return refuse(
      'quota',
      'The owner has as many event streams as limits.eventStreamsPerOwner allows; close some.',
    );
  }

  /** Follows what happens from now on; gives the way to stop. Check overQuota first. */
  follow(owner: string, follower: Follower): () => void {
    const { followers } = this.#of(owner);
    followers.add(follower);
    return () => {
      followers.delete(follower);
    };
  }

  /** The number of the newest event of an owner; 0 before the first. */
  newest(owner: string): number {
    return this.#of(owner).count;
  }

  /** The next events after that number, at most so many, and how many there were between them and it that are no longer kept. */
  after(
    owner: string,
    number: number,
    limit: number,
  ): { readonly lost: number; readonly events: readonly DaemonEvent[] } {
    const { kept } = this.#of(owner);
    // Numbers have no gaps, so those dropped are the first ones.
    return {
      lost: Math.max(0, kept.dropped - number),
      events: kept.from((event) => event.number > number, limit),
    };
  }

  /** Ends every follower. */
  end(): void {
    for (const { followers } of this.#owners.values()) {
      for (const follower of [...followers]) follower.onEnd();
      followers.clear();
    }
  }

  #of(owner: string): OwnerLog {
    let log = this.#owners.get(owner);
    if (!log) {
      log = { count: 0, kept: new Ring(this.#most), followers: new Set() };
      this.#owners.set(owner, log);
    }
    return log;
  }
}
