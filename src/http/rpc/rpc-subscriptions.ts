import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import type { Client } from '../../operations/dispatch/reply.js';
import { type DaemonEvent, type EventFeed, eventView } from '../../operations/journal/event-feed.js';
import {
  type EventGap,
  type EventSink,
  type EventSource,
  eventId,
  oncePerEvent,
  readEvents,
  resumePoint,
  subjectsOf,
} from '../events/event-reader.js';
import type { Problem } from '../problems/problem.js';
import type { Outbox } from '../websocket/outbox.js';
import { CONNECTION_METHODS } from './connection-methods.js';

/** The most subscriptions of one WebSocket. */
export const MOST_SUBSCRIPTIONS = 16;

const TOO_MANY = refuse('quota', `A WebSocket has at most ${MOST_SUBSCRIPTIONS} subscriptions; end some.`);

/** Who subscribes, within which request. */
export interface Subscriber {
  readonly owner: string;
  readonly requestId: string;
  readonly client: Client;
}

/** The subscriptions to events of one WebSocket. */
export class RpcSubscriptions {
  readonly #source: EventSource;
  readonly #textOf: (event: DaemonEvent) => string;
  readonly #outbox: Outbox;
  /** By their ids, the functions that end them. */
  readonly #stops = new Map<string, () => void>();
  #begun = 0;
  #isClosed = false;

  /** @param textOf see eventTexts */
  constructor(source: EventSource, textOf: (event: DaemonEvent) => string, outbox: Outbox) {
    this.#source = source;
    this.#textOf = textOf;
    this.#outbox = outbox;
  }

  /** `rpc.subscribe`: the events follow its answer. */
  async subscribe(params: object, subscriber: Subscriber): Promise<object | Refusal | Problem> {
    const { events } = this.#source;
    const given = CONNECTION_METHODS['rpc.subscribe'](params);
    if (!given.ok) return given;
    const { kinds, sessionId, socketId, after } = given.value;
    const { owner } = subscriber;
    const resume = resumePoint(after, 'after', owner, events);
    if (!resume.ok) return resume;
    const filter = {
      ...(sessionId !== undefined && { sessionId }),
      ...(socketId !== undefined && { socketId }),
      ...(kinds && { kinds: new Set(kinds) }),
    };
    const asked = { ...subscriber, filter, resume: resume.value };
    const subjects = await subjectsOf(asked, 'rpc.subscribe', this.#source);
    if (subjects && 'document' in subjects) return subjects;
    // No await stands between this check and the beginning, which changes its result.
    const full = this.#stops.size < MOST_SUBSCRIPTIONS ? events.overQuota(owner) : TOO_MANY;
    if (full) return full;
    const subscription = `sub_${++this.#begun}`;
    if (this.#isClosed) return { subscription };
    this.#stops.set(subscription, () => undefined);
    const stop = readEvents(asked, subjects, events, this.#sink(subscription));
    // It may have ended already.
    if (this.#stops.has(subscription)) this.#stops.set(subscription, stop);
    return { subscription };
  }

  /** `rpc.unsubscribe`: no events follow its answer. */
  unsubscribe(params: object): object | Refusal {
    const given = CONNECTION_METHODS['rpc.unsubscribe'](params);
    if (!given.ok) return given;
    const { subscription } = given.value;
    this.#stops.get(subscription)?.();
    this.#outbox.dropEvents(subscription);
    return { unsubscribed: this.#stops.delete(subscription) };
  }

  /** The WebSocket has closed. */
  close(): void {
    this.#isClosed = true;
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
  }

  #sink(subscription: string): EventSink {
    const outbox = this.#outbox;
    const send = (members: string) => outbox.event(notification(subscription, members), subscription);
    return {
      event: (event) => send(this.#textOf(event)),
      gap: (id, gap) => send(membersOf('gap', id, gap)),
      end: () => {
        if (this.#stops.has(subscription)) send('"kind":"end"');
        this.#stops.delete(subscription);
      },
      get hasRoom() {
        return outbox.hasRoomForEvents(subscription);
      },
      whenRoom: (run) => outbox.whenRoomForEvents(subscription, run),
    };
  }
}

/** @param members the others, as JSON */
const notification = (subscription: string, members: string): string =>
  `{"jsonrpc":"2.0","method":"rpc.event","params":{"subscription":"${subscription}",${members}}}`;

const membersOf = (kind: string, id: string, event: object | EventGap): string =>
  `"id":"${id}","kind":"${kind}","event":${JSON.stringify(event)}`;

/** Writes events, each once for all its readers. */
export const eventTexts = (events: EventFeed): ((event: DaemonEvent) => string) =>
  oncePerEvent((event) => membersOf(event.body.kind, eventId(events, event.number), eventView(event)));
