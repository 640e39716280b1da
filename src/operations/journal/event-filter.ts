import { invalidParameters, type ParameterError, type Refusal } from '../../daemon/answers/refusals.js';
import { type DaemonEvent, EVENT_KINDS, type EventKind } from '../../daemon/journal/event-log.js';
import { ok, type Success } from '../../winsock/outcome.js';

/** The events that a reader wants: those that fit every given member. */
export interface EventFilter {
  readonly sessionId?: string;
  readonly socketId?: string;
  readonly kinds?: ReadonlySet<EventKind>;
}

const isKind = (text: string): text is EventKind => EVENT_KINDS.some((kind) => kind === text);

/** Reads the query of an event stream; `kind` may be repeated. */
export const readFilter = (query: unknown): Success<EventFilter> | Refusal => {
  const errors: ParameterError[] = [];
  const filter: { sessionId?: string; socketId?: string; kinds?: Set<EventKind> } = {};
  for (const [name, value] of Object.entries(typeof query === 'object' && query !== null ? query : {})) {
    const path = [name];
    if (name === 'kind') {
      const kinds = [value].flat().map(String);
      const unknown = kinds.find((kind) => !isKind(kind));
      if (unknown !== undefined) errors.push({ path, detail: `must be one of ${EVENT_KINDS.join(', ')}` });
      filter.kinds = new Set(kinds.filter(isKind));
    } else if (name !== 'sessionId' && name !== 'socketId') {
      errors.push({ path, detail: 'is not a query parameter of the event stream' });
    } else if (typeof value !== 'string') errors.push({ path, detail: 'is given twice' });
    else filter[name] = value;
  }
  return errors.length > 0 ? invalidParameters(errors) : ok(filter);
};

/** Whether the reader wants an event. */
export const wants = ({ sessionId, socketId, kinds }: EventFilter, event: DaemonEvent): boolean =>
  (kinds === undefined || kinds.has(event.body.kind)) &&
  (sessionId === undefined || event.sessionId === sessionId) &&
  (socketId === undefined || event.socketId === socketId || event.otherSocketId === socketId);
