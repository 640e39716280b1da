import { startup } from '../../../operations/sessions/startup.js';
import { type Entry, parameter } from '../socket-life.js';
import { begins, makerOf, type Past } from './past.js';
import type { Recorded } from './recorded-calls.js';
import { bodyOf } from './replay-bodies.js';
import { inserted, placeOf, type Step } from './step.js';

/**
 * What the answers of a repetition give in place of recorded ids: its own sessions, sockets, offers and
 * faults.
 */
export class Names {
  /** Names of sessions, sockets and offers, by recorded id. */
  readonly of = new Map<string, string>();
  readonly #past: Past;
  /** Those of the sessions. */
  readonly #sessions: ReadonlyMap<string, string>;
  /** Ids of faults in the repetition, which count from `flt_1` in each session too. */
  readonly #faults = new Map<string, string>();
  readonly #armed = new Map<string, number>();

  constructor(past: Past, recorded: readonly Recorded[]) {
    this.#past = past;
    const { life, origins, sessions } = past;
    const own = [life, ...origins].map(({ sessionId }) => sessionId);
    this.#name('session', [...own, ...sessions.keys()]);
    this.#sessions = new Map(this.of);
    this.#name('socket', [life.socketId]);
    let made = life;
    for (const origin of origins) {
      const kind = makerOf(made)?.op.does === 'duplicates' ? 'original' : 'listener';
      this.#name(kind, [origin.socketId]);
      made = origin;
    }
    const shown = new Set(recorded.map(({ entry }) => entry.offerId));
    const used = recorded
      .map(({ entry }) => parameter(entry, 'offerId'))
      .filter((id) => shown.has(String(id)));
    this.#name('offer', used.map(String));
  }

  /** Names of the sessions. */
  get sessions(): readonly string[] {
    return [...this.#sessions.values()];
  }

  /** How a step is called after its entry. */
  numberOf(sequence: number, sessionId: string): string {
    const own = sessionId === this.#past.life.sessionId;
    return own ? String(sequence) : `${sequence}@${this.of.get(sessionId)}`;
  }

  /** The steps that begin the sessions, as theirs began. */
  *startups(remarks: string[]): Generator<Step> {
    for (const [id, name] of this.#sessions) {
      const session = this.#past.sessions.get(id);
      const first = session?.entries.find(begins);
      const one = [this.#past.life, ...this.#past.origins].find(({ sessionId }) => sessionId === id);
      const version = session?.version ?? one?.version ?? '2.2';
      const labNetwork = session?.labNetwork ?? (first && parameter(first, 'labNetwork'));
      const asked = first?.parameters ?? { version, ...(labNetwork !== undefined && { labNetwork }) };
      const notes: string[] = [];
      if (labNetwork !== undefined) {
        remarks.push(
          `The session joins the lab network ${labNetwork} by the same name, where its peers have to be;`,
          'its link and its clock are as the others there have left them.',
        );
      }
      if (!first && session && session.dropped > 0) {
        notes.push(
          'The beginning of the session is not in its journal any more: faults that it had are not here.',
        );
      }
      if (first) notes.push(...cutOf(first), ...this.#arm(first, id));
      yield {
        number: this.numberOf(0, id),
        operation: startup.name,
        notes,
        ...placeOf(startup, String),
        body: bodyOf(asked, this.of).body,
        ...inserted(startup),
        gives: { at: ['sessionId'], name },
      };
    }
  }

  /**
   * The parameters of a call as the repetition makes it, to be asked in its order; undefined where it is
   * about a fault that the repetition has not.
   */
  parametersOf(
    entry: Entry,
    sessionId: string,
  ): { readonly parameters: object; readonly notes: readonly string[] } | undefined {
    const { op } = entry;
    const notes = [...cutOf(entry)];
    const parameters: Record<string, unknown> = { ...entry.parameters };
    if ('faultId' in op.params.properties) {
      const faultId = this.#faults.get(faultKey(sessionId, String(parameters.faultId)));
      return faultId === undefined ? undefined : { parameters: { ...parameters, faultId }, notes };
    }
    notes.push(...this.#arm(entry, sessionId));
    const missing = (entry.faults ?? []).filter((id) => !this.#faults.has(faultKey(sessionId, id)));
    if (missing.length > 0) {
      notes.push(`${missing.join(', ')} acted on this call, and is not armed here: the answer may differ.`);
    }
    const { offerId } = parameters;
    if (typeof offerId === 'string' && !this.of.has(offerId) && entry.name !== 'WSAEACCES') {
      delete parameters.offerId;
      notes.push('The call that showed its offer is not here: it decides about whichever is first.');
    }
    if (op.does === 'duplicates' && !this.of.has(entry.createdSocketId ?? '')) {
      notes.push('Calls with the second id are not here: it stays open until the session ends.');
    }
    // Of the calls of a session that only look, those are here that look at sockets.
    if (op.scope === 'session' && op.effect === 'read') this.#onlyOwn(parameters, notes);
    return { parameters, notes };
  }

  /** Leaves other sockets of the session out of what a call waits for. */
  #onlyOwn(parameters: Record<string, unknown>, notes: string[]): void {
    let left = 0;
    for (const [member, list] of Object.entries(parameters)) {
      if (!Array.isArray(list)) continue;
      const own = list.filter((item) => this.of.has(String(item?.socketId ?? item)));
      left += list.length - own.length;
      parameters[member] = own;
    }
    if (left === 0) return;
    const others = left === 1 ? 'Another socket' : `${left} other sockets`;
    notes.push(`${others} of the session, not repeated here, had a part in this call.`);
  }

  /** Notes the faults that a call arms. */
  #arm(entry: Entry, sessionId: string): readonly string[] {
    const { armedFaultIds = [], createdSocketId } = entry;
    const rules = parameter(entry, 'faults');
    // Those behind the end of a list that was cut are not armed here.
    for (const id of armedFaultIds.slice(0, Array.isArray(rules) ? rules.length : 1)) {
      const count = (this.#armed.get(sessionId) ?? 0) + 1;
      this.#armed.set(sessionId, count);
      this.#faults.set(faultKey(sessionId, id), `flt_${count}`);
    }
    const ofSocket = createdSocketId ?? parameter(entry, 'socketId');
    if (armedFaultIds.length === 0 || ofSocket !== undefined) return [];
    return [
      'A fault of the session counts the calls of all its sockets, and only some are here: it may hit others.',
    ];
  }

  #name(kind: string, ids: readonly string[]): void {
    for (const id of ids) {
      if (this.of.has(id)) continue;
      const taken = new Set(this.of.values());
      let name = kind;
      for (let n = 2; taken.has(name); n++) name = `${kind}${n}`;
      this.of.set(id, name);
    }
  }
}

const cutOf = ({ cutParameters = [] }: Entry): readonly string[] =>
  cutParameters.map(
    (name) => `The journal has kept only the beginning of ${name}: this call has no more of it.`,
  );

const faultKey = (sessionId: string, faultId: string): string => `${sessionId} ${faultId}`;
