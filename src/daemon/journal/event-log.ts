import type { SocketState } from '../../winsock/socket-state.js';
import { type Refusal, type RefusalName, refuse } from '../answers/refusals.js';
import type { IdEndReason } from '../ids/tombstones.js';
import type { JournalEntry } from './journal-entry.js';
import { NewestItems } from './newest-items.js';

/** The kinds of events. */
export const EVENT_KINDS = ['operation', 'undelivered', 'state', 'session', 'relay'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** The content of an event, by its kind. */
export type EventBody =
  | { readonly kind: 'operation'; readonly entry: JournalEntry }
  | { readonly kind: 'undelivered'; readonly sequence: number; readonly collected?: true }
  | { readonly kind: 'state'; readonly from: SocketState; readonly to: SocketState }
  | {
      readonly kind: 'session';
      readonly change: 'began' | 'ended';
      readonly reason: IdEndReason | undefined;
    }
  | RelayChange;

/** A change of a relay or, with `pair`, of one of its pairs. */
export interface RelayChange {
  readonly kind: 'relay';
  readonly relayId: string;
  readonly change: 'began' | 'ended';
  /** The number of the pair. */
  readonly pair?: number;
  /** The code that reset the pair. */
  readonly code?: number;
  /** The refusal that reset it, in place of a code. */
  readonly refusal?: RefusalName;
}

/**
 * An event with its session and sockets, and its number among the events of its owner: from 1, without gaps.
 */
export interface DaemonEvent {
  readonly number: number;
  readonly sessionId: string;
  readonly socketId: string | undefined;
  /** A second socket that it concerns: the one that an accept created. */
  readonly otherSocketId: string | undefined;
  readonly body: EventBody;
}

/** What events are about: a session or, with `socketId`, one socket of it. */
export interface EventSubject {
  readonly sessionId: string;
  readonly socketId?: string;
}

/** Receives the events of one owner. It must not throw, and must not make calls of the daemon. */
export interface Follower {
  onEvent(event: DaemonEvent): void;
  /** There will be no more events of an ended session, or of one ended socket. */
  onCompleted(subject: EventSubject): void;
  /** There will be no more events at all. */
  onEnd(): void;
}

interface OwnerLog {
  count: number;
  readonly kept: NewestItems<DaemonEvent>;
  readonly followers: Set<Follower>;
}

/** The events of each owner in their order. The newest are kept for readers that reconnect. */
export class EventLog {
  readonly #most: number;
  readonly #mostFollowers: number;
  readonly #owners = new Map<string, OwnerLog>();

  /**
   * @param most how many events of each owner are kept
   * @param mostFollowers how many followers one owner may have at once
   */
  constructor(most: number, mostFollowers: number) {
    this.#most = most;
    this.#mostFollowers = mostFollowers;
  }

  /** Publishes an event; returns the oldest one if it was dropped to make room. */
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

  /** Drops the older half of the events of an owner, and returns them. */
  dropHalf(owner: string): readonly DaemonEvent[] {
    return this.#of(owner).kept.dropHalf();
  }

  /** Notifies the owner's followers that a session or socket will have no more events. */
  complete(owner: string, subject: EventSubject): void {
    for (const follower of [...this.#of(owner).followers]) follower.onCompleted(subject);
  }

  /** The refusal, if the owner can have no more followers. */
  overQuota(owner: string): Refusal | undefined {
    if (this.#of(owner).followers.size < this.#mostFollowers) return undefined;
    return refuse(
      'quota',
      'The owner has as many event streams as limits.eventStreamsPerOwner allows; close some.',
    );
  }

  /** Adds a follower from now on; returns the function that removes it. Check overQuota first. */
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

  /**
   * The next events after that number, at most `limit`.
   *
   * @returns also `lost`: how many events after that number are no longer kept
   */
  after(
    owner: string,
    number: number,
    limit: number,
  ): { readonly lost: number; readonly events: readonly DaemonEvent[] } {
    const { kept } = this.#of(owner);
    // Numbers have no gaps, so the dropped events are 1 to `dropped`.
    return {
      lost: Math.max(0, kept.dropped - number),
      events: kept.from((event) => event.number > number, limit),
    };
  }

  /** Notifies all followers that there are no more events, and removes them. */
  end(): void {
    for (const { followers } of this.#owners.values()) {
      for (const follower of [...followers]) follower.onEnd();
      followers.clear();
    }
  }

  #of(owner: string): OwnerLog {
    let log = this.#owners.get(owner);
    if (!log) {
      log = { count: 0, kept: new NewestItems(this.#most), followers: new Set() };
      this.#owners.set(owner, log);
    }
    return log;
  }
}
