import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import type { Dispatch } from '../../operations/dispatch/dispatch.js';
import type { Client } from '../../operations/dispatch/reply.js';
import type { DaemonEvent, EventFeed, EventSubject } from '../../operations/journal/event-feed.js';
import { type EventFilter, wants } from '../../operations/journal/event-filter.js';
import { getSocketJournal } from '../../operations/journal/get-socket-journal.js';
import type { AnyOperation } from '../../operations/operation.js';
import { getSession } from '../../operations/sessions/get-session.js';
import { ok, type Success } from '../../winsock/outcome.js';
import { type Problem, problemOfRoute } from '../problems/problem.js';

/** How many missed events are delivered in one event loop turn. */
const CATCH_UP_EVENTS = 64;

/** The parts of the edge that readers of events use. */
export interface EventSource {
  readonly events: EventFeed;
  readonly dispatch: Dispatch;
}

/** What a reader asks for. */
export interface EventRequest {
  readonly owner: string;
  readonly requestId: string;
  readonly client: Client;
  readonly filter: EventFilter;
  readonly resume: ResumePoint;
}

/** Where a reader begins. */
interface ResumePoint {
  /** The number of the last event received. 0: begin with the oldest kept event; absent: with a new one. */
  readonly after?: number;
  /** The last event received was of an earlier run of the daemon, whose later events are lost. */
  readonly earlierRun?: boolean;
}

/** Some events are lost for a reader that resumes. */
export interface EventGap {
  /** Their number. */
  readonly lost: number;
  /** There are also those of an earlier run of the daemon. */
  readonly earlierRun?: boolean | undefined;
}

/** What takes the events of a reader. */
export interface EventSink {
  event(event: DaemonEvent): void;
  /** @param id the id of the last event that is lost */
  gap(id: string, gap: EventGap): void;
  /** There will be no more events. */
  end(): void;
  /** Whether missed events may be sent now. */
  readonly hasRoom: boolean;
  /** Calls a function in a later turn, as soon as there is room. */
  whenRoom(run: () => void): void;
}

/** Makes something of each event once for all its readers, which get it one after the other in the same turn. */
export const oncePerEvent = <T>(make: (event: DaemonEvent) => T): ((event: DaemonEvent) => T) => {
  let last: { readonly event: DaemonEvent; readonly made: T } | undefined;
  return (event) => {
    if (last?.event !== event) last = { event, made: make(event) };
    return last.made;
  };
};

/** The id of an event, as readers see it. */
export const eventId = ({ run }: EventFeed, number: number): string => `${run}-${number}`;

/**
 * Where to resume after the event with this id.
 *
 * @param name what has the id: the header field, or the parameter
 */
export const resumePoint = (
  id: string | undefined,
  name: string,
  owner: string,
  events: EventFeed,
): Success<ResumePoint> | Refusal => {
  if (id === undefined || id === '') return ok({});
  const match = /^([0-9a-z]{1,11})-(\d{1,15})$/.exec(id);
  const number = Number(match?.[2]);
  if (!match || (match[1] === events.run && number > events.newest(owner))) {
    return refuse('validation', `${name} is not the id of an event of this daemon.`, {
      errors: [{ path: [name], detail: 'is not the id of an event' }],
    });
  }
  return ok(match[1] === events.run ? { after: number } : { after: 0, earlierRun: true });
};

/**
 * The session and the socket that the filter names; undefined if one has ended, and the reader has missed
 * events of it: these follow. If one is not the owner's or has ended, the problem of the operation that reads
 * it.
 *
 * @param name the name of the route or method, for the problem
 */
export const subjectsOf = async (
  request: EventRequest,
  name: string,
  { events, dispatch }: EventSource,
): Promise<readonly EventSubject[] | Problem | undefined> => {
  const found = await namedBy(request, name, dispatch);
  return 'document' in found && hasMissed(request, events) ? undefined : found;
};

const namedBy = async (
  { owner, requestId, client, filter: { sessionId, socketId } }: EventRequest,
  name: string,
  dispatch: Dispatch,
): Promise<readonly EventSubject[] | Problem> => {
  const read = async (operation: AnyOperation, params: Record<string, unknown>) => {
    const { answer, context, settle } = await dispatch(operation, { owner, params, client, requestId });
    settle(true);
    return answer.ok ? answer : problemOfRoute(answer, name, { requestId, ...context });
  };
  const subjects: EventSubject[] = [];
  if (sessionId !== undefined) {
    const session = await read(getSession, { sessionId });
    if ('document' in session) return session;
    subjects.push({ sessionId });
  }
  if (socketId === undefined) return subjects;
  const journal = await read(getSocketJournal, { socketId, limit: 1 });
  if ('document' in journal) return journal;
  // A journal outlives the session of its socket.
  const home = 'sessionId' in journal.value ? String(journal.value.sessionId) : '';
  const session = await read(getSession, { sessionId: home });
  return 'document' in session ? session : [...subjects, { sessionId: home, socketId }];
};

/**
 * Whether a reader that resumes has missed events. The owner may have them even if their session has ended.
 */
const hasMissed = (
  { owner, filter, resume: { after, earlierRun } }: EventRequest,
  events: EventFeed,
): boolean => {
  if (after === undefined || earlierRun) return false;
  return events.after(owner, after, Number.POSITIVE_INFINITY).events.some((event) => wants(filter, event));
};

/**
 * Gives a reader its events: first those that it has missed, no faster than they are read, then each as it
 * occurs. The sink ends with its session or socket.
 *
 * @param subjects as `subjectsOf` found them in this turn
 * @returns the function that stops the reading
 */
export const readEvents = (
  { owner, filter, resume }: EventRequest,
  subjects: readonly EventSubject[] | undefined,
  events: EventFeed,
  sink: EventSink,
): (() => void) => {
  const releases: (() => void)[] = [];
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    for (const release of releases.splice(0)) release();
  };
  const end = (): void => {
    stop();
    sink.end();
  };
  let isLive = resume.after === undefined;
  let hasEnded = !subjects?.every((one) => events.lives(one));
  releases.push(
    events.follow(owner, {
      onEvent: (event) => {
        if (isLive && wants(filter, event)) sink.event(event);
      },
      onCompleted: ({ sessionId, socketId }) => {
        const ends = (one: EventSubject): boolean =>
          one.sessionId === sessionId && (socketId === undefined || one.socketId === socketId);
        if (!subjects?.some(ends)) return;
        hasEnded = true;
        if (isLive) end();
      },
      onEnd: end,
    }),
  );
  if (filter.sessionId !== undefined) releases.push(events.holdLease(filter.sessionId));
  const catchUp = (after: number): void => {
    if (isStopped) return;
    const { lost, events: missed } = events.after(owner, after, CATCH_UP_EVENTS);
    let last = after + lost;
    const { earlierRun } = after === 0 ? resume : {};
    if (lost > 0 || earlierRun) sink.gap(eventId(events, last), { lost, earlierRun });
    for (const event of missed) {
      if (!sink.hasRoom) break;
      if (wants(filter, event)) sink.event(event);
      last = event.number;
    }
    isLive = last === events.newest(owner);
    if (!isLive) sink.whenRoom(() => catchUp(last));
    else if (hasEnded) end();
  };
  if (resume.after !== undefined) catchUp(resume.after);
  else if (hasEnded) end();
  return stop;
};
