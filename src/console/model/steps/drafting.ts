import type { SessionInfo, SocketInfo } from '../types.js';
import { type Draft, type Place, type Step, StepIds } from './draft.js';
import { Given } from './given.js';
import type { LocalAddresses } from './local-addresses.js';
import { isWithPort, type Members, type Told, textIn, type WithPort } from './made-call.js';
import { overlapNote } from './order.js';
import { kindOf, rolesOf } from './roles.js';

/** Members whose texts are bytes to send: an id in them is none. */
const PAYLOAD = ['text', 'base64'];

/** Makes the steps, one call after the other. */
export class Drafting {
  readonly notes: string[] = [];
  readonly #calls: readonly Told[];
  readonly #addresses: LocalAddresses;
  readonly #sessions: ReadonlyMap<string, SessionInfo>;
  readonly #sockets = new Map<string, SocketInfo>();
  readonly #roles: ReadonlyMap<string, string>;
  readonly #ids = new StepIds();
  readonly #given = new Given();
  readonly #drafts: Draft[] = [];

  /** @param calls in the order of their steps */
  constructor(calls: readonly Told[], addresses: LocalAddresses, sessions: ReadonlyMap<string, SessionInfo>) {
    this.#calls = calls;
    this.#addresses = addresses;
    this.#sessions = sessions;
    this.#roles = rolesOf(calls);
  }

  /** Sockets that may be named without a call that made them. */
  know(sockets: readonly SocketInfo[]): void {
    for (const socket of sockets) this.#sockets.set(socket.socketId, socket);
  }

  steps(): readonly Step[] {
    return this.#drafts.map(({ id, operation, params, expectError, notes }) => ({
      ...(id !== undefined && { id }),
      operation,
      params,
      ...(expectError !== undefined && { expectError }),
      ...(notes.length > 0 && { notes }),
    }));
  }

  add(told: Told): void {
    const { operation, params, outcome } = told;
    const unknown = outcome === 'ok' ? socketsIn(params).filter((id) => !this.#isKnown(id)) : [];
    if (unknown.length > 0) {
      this.notes.push(`${operation} is left out: nothing is known of its socket.`);
      return;
    }
    const id = kindOf(told, this.#roles);
    const draft: Draft = {
      ...(id !== undefined && { id: this.#ids.take(id) }),
      operation,
      params: {},
      ...(outcome !== 'ok' && { expectError: outcome }),
      notes: [...told.notes, ...this.#notesOn(told)],
    };
    const sessionId = told.sessionId ?? this.#sessionOf(textIn(params, 'socketId'));
    // A WebSocket alone can end a session with itself.
    const { endWithConnection: _, ...repeatable } = params;
    draft.params = this.#filled(operation === 'startup' ? repeatable : params, sessionId);
    this.#drafts.push(draft);
    this.#given.keepResult(told, draft, (port) => this.#addresses.isAssigned(port));
  }

  #notesOn(told: Told): readonly string[] {
    const { faults, params } = told;
    const sessionId = told.sessionId ?? this.#sessionOf(textIn(params, 'socketId'));
    const missing = faults.filter((id) => !this.#given.hasFault(id, sessionId));
    const overlap = overlapNote(told, this.#calls);
    const path = told.operation === 'bind' ? pathIn(params.address) : undefined;
    return [
      ...(missing.length > 0 ? [`${missing.join(', ')} acted on it, and is not armed here.`] : []),
      ...(overlap !== undefined ? [overlap] : []),
      ...(path !== undefined ? [`The file ${JSON.stringify(path)} must not exist.`] : []),
    ];
  }

  #isKnown(socketId: string): boolean {
    return this.#given.placeOf(socketId, undefined) !== undefined || this.#sockets.has(socketId);
  }

  #sessionOf(socketId: string | undefined): string | undefined {
    return this.#given.sessionOf(socketId) ?? this.#sockets.get(socketId ?? '')?.sessionId;
  }

  /** Parameters with references in place of what earlier steps return. */
  #filled(params: Members, sessionId: string | undefined): Record<string, unknown> {
    const fill = (value: unknown, at: string): unknown => {
      if (typeof value === 'string') return PAYLOAD.includes(at) ? value : this.#id(value, at, sessionId);
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map((item) => fill(item, at));
      if (isWithPort(value) && this.#addresses.isAssigned(value.port)) return this.#address(value);
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fill(member, name)]));
    };
    return Object.fromEntries(Object.entries(params).map(([name, member]) => [name, fill(member, name)]));
  }

  #id(text: string, at: string, sessionId: string | undefined): unknown {
    const place = this.#placeOf(text, at, sessionId);
    return place ? this.#ids.referenceTo(place) : text;
  }

  #placeOf(text: string, at: string, sessionId: string | undefined): Place | undefined {
    if (at === 'faultId') return this.#given.placeOf(text, sessionId);
    if (at === 'relayId') return this.#given.placeOfRelay(text, sessionId);
    if (at === 'sessionId') return this.#given.placeOf(text, undefined) ?? this.#session(text);
    return this.#given.placeOf(text, undefined) ?? this.#socket(text);
  }

  #address(address: WithPort): unknown {
    const place = this.#given.placeOfPort(address.port) ?? this.#placeOfName(address.port);
    if (!place) return address;
    if (isSame(place.address, address)) return this.#ids.referenceTo(place);
    return { ...address, port: this.#ids.referenceTo({ ...place, pointer: `${place.pointer}/port` }) };
  }

  /** Asks a socket for the port that it was given without a bind. */
  #placeOfName(port: number): (Place & { readonly address: WithPort }) | undefined {
    const socketId = this.#addresses.socketWith(port);
    const address = this.#addresses.of(socketId);
    if (socketId === undefined || !address || !this.#given.placeOf(socketId, undefined)) return undefined;
    const draft: Draft = {
      operation: 'getSockName',
      params: this.#filled({ socketId }, undefined),
      notes: ['The next call names the port that the system has assigned.'],
    };
    this.#drafts.push(draft);
    return { draft, pointer: '/address', address };
  }

  /** Begins a session that began before the first call; none for an id that no successful call named. */
  #session(sessionId: string): Place | undefined {
    const isUsed = this.#calls.some((call) => call.sessionId === sessionId && call.outcome === 'ok');
    return this.#sessions.has(sessionId) || isUsed ? this.#begin(sessionId) : undefined;
  }

  /** Opens a socket that was opened before the first call. */
  #socket(socketId: string): Place | undefined {
    const socket = this.#sockets.get(socketId);
    if (!socket) return undefined;
    const { sessionId, family, type, provider, state, localAddress } = socket;
    const session = this.#given.placeOf(sessionId, undefined) ?? this.#begin(sessionId);
    const wasUsed = state !== 'fresh' || localAddress !== undefined;
    return this.#insert(
      this.#roles.get(socketId) ?? 'socket',
      socketId,
      {
        operation: 'socket',
        params: { sessionId: this.#ids.referenceTo(session), family, type, provider },
        notes: wasUsed
          ? ['It was opened before the first call; calls on it before that are missing here.']
          : [],
      },
      sessionId,
    );
  }

  /** Inserts the step that begins a session, with what is known of it. */
  #begin(sessionId: string): Place {
    const session = this.#sessions.get(sessionId);
    const { version, labNetwork } = session ?? {};
    const params = {
      ...(version !== undefined && { version }),
      ...(labNetwork !== undefined && { labNetwork }),
    };
    return this.#insert('session', sessionId, {
      operation: 'startup',
      params,
      notes: session ? [] : ['The call that began the session is not known.'],
    });
  }

  /** Inserts a step for what began before the first call, before the step that needs it. */
  #insert(kind: string, made: string, step: Omit<Draft, 'id'>, sessionId?: string): Place {
    const draft: Draft = { id: this.#ids.take(kind), ...step };
    this.#drafts.push(draft);
    const place = { draft, pointer: step.operation === 'startup' ? '/sessionId' : '/socketId' };
    this.#given.keepId(made, place, sessionId);
    return place;
  }
}

/** The ids of sockets that a call names. */
const socketsIn = (params: Members): readonly string[] => {
  const { socketId, read, write, except, sockets } = params;
  const polled = Array.isArray(sockets) ? sockets.map((one) => textIn(one, 'socketId')) : [];
  const selected = [read, write, except].flatMap((list) => (Array.isArray(list) ? list : []));
  return [socketId, ...selected, ...polled].filter((id) => typeof id === 'string');
};

const pathIn = (address: unknown): string | undefined => textIn(address, 'path');

/** Whether two addresses have the same members. */
const isSame = (a: WithPort, b: WithPort): boolean => {
  const [one, other] = [a, b].map((address) => JSON.stringify(Object.entries(address).sort()));
  return one === other;
};
