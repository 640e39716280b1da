import { startup } from '../../../operations/sessions/startup.js';
import { type Entry, parameter } from '../socket-life.js';
import type { RecordedCall } from './recorded-calls.js';
import { bodyOf } from './replay-bodies.js';
import { beginsSession, creatorOf, type ReplaySource } from './replay-source.js';
import { inserted, requestLineOf, type Step } from './step.js';

/** The names under which a repetition keeps its own ids of sessions, sockets, offers and faults. */
export class ReplayNames {
  /** Names of sessions, sockets and offers, by recorded id. */
  readonly of = new Map<string, string>();
  readonly #source: ReplaySource;
  /** Names of the sessions alone, by recorded id. */
  readonly #sessions: ReadonlyMap<string, string>;
  /** Ids of faults in the repetition, by recorded session and id. In each session they count from `flt_1`. */
  readonly #faults = new Map<string, string>();
  /** The number of faults that the repetition arms in each session. */
  readonly #armed = new Map<string, number>();

  constructor(source: ReplaySource, recorded: readonly RecordedCall[]) {
    this.#source = source;
    const { life, origins, sessions } = source;
    const own = [life, ...origins].map(({ sessionId }) => sessionId);
    this.#name('session', [...own, ...sessions.keys()]);
    this.#sessions = new Map(this.of);
    this.#name('socket', [life.socketId]);
    let created = life;
    for (const origin of origins) {
      const kind = creatorOf(created)?.op.does === 'duplicates' ? 'original' : 'listener';
      this.#name(kind, [origin.socketId]);
      created = origin;
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

  /** The number of the step for an entry. */
  numberOf(sequence: number, sessionId: string): string {
    const own = sessionId === this.#source.life.sessionId;
    return own ? String(sequence) : `${sequence}@${this.of.get(sessionId)}`;
  }

  /** The steps that begin the sessions, with the recorded parameters. */
  *startups(remarks: string[]): Generator<Step> {
    for (const [id, name] of this.#sessions) {
      const session = this.#source.sessions.get(id);
      const first = session?.entries.find(beginsSession);
      const one = [this.#source.life, ...this.#source.origins].find(({ sessionId }) => sessionId === id);
      const version = session?.version ?? one?.version ?? '2.2';
      const labNetwork = session?.labNetwork ?? (first && parameter(first, 'labNetwork'));
      const asked = first?.parameters ?? { version, ...(labNetwork !== undefined && { labNetwork }) };
      const notes: string[] = [];
      if (labNetwork !== undefined) {
        remarks.push(
          `The session joins the lab network ${labNetwork} by the same name; its peers have to join it too.`,
          'The link and the clock of the network are as other sessions have left them.',
        );
      }
      if (!first && session && session.dropped > 0) {
        notes.push(
          'The beginning of the session is no longer in its journal: its faults are not armed here.',
        );
      }
      if (first) notes.push(...cutNotes(first), ...this.#arm(first, id));
      yield {
        number: this.numberOf(0, id),
        operation: startup.name,
        notes,
        ...requestLineOf(startup, String),
        body: bodyOf(asked, this.of).body,
        ...inserted(startup),
        gives: { at: ['sessionId'], name },
      };
    }
  }

  /**
   * The parameters of a call in the repetition; undefined for a call about a fault that is not armed there.
   * Has to be called for the entries in their order.
   */
  parametersOf(
    entry: Entry,
    sessionId: string,
  ): { readonly parameters: object; readonly notes: readonly string[] } | undefined {
    const { op } = entry;
    const notes = [...cutNotes(entry)];
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
      notes.push('The call that showed its offer is not repeated: it accepts or rejects the first offer.');
    }
    if (op.does === 'duplicates' && !this.of.has(entry.createdSocketId ?? '')) {
      notes.push('Calls with the second id are not repeated: it stays open until the session ends.');
    }
    // The repeated calls of a session that only read (select, poll) name sockets.
    if (op.scope === 'session' && op.effect === 'read') this.#removeOthers(parameters, notes);
    return { parameters, notes };
  }

  /** Removes sockets that are not repeated from the parameters of a call. */
  #removeOthers(parameters: Record<string, unknown>, notes: string[]): void {
    let removed = 0;
    for (const [member, list] of Object.entries(parameters)) {
      if (!Array.isArray(list)) continue;
      const own = list.filter((item) => this.of.has(String(item?.socketId ?? item)));
      removed += list.length - own.length;
      parameters[member] = own;
    }
    if (removed === 0) return;
    const others = removed === 1 ? 'Another socket' : `${removed} other sockets`;
    notes.push(`${others} of the session, not repeated here, had a part in this call.`);
  }

  /** Registers the faults that a call arms; gives notes about them. */
  #arm(entry: Entry, sessionId: string): readonly string[] {
    const { armedFaultIds = [], createdSocketId } = entry;
    const rules = parameter(entry, 'faults');
    // The journal may have cut the list of rules: the repetition does not arm those that are missing.
    for (const id of armedFaultIds.slice(0, Array.isArray(rules) ? rules.length : 1)) {
      const count = (this.#armed.get(sessionId) ?? 0) + 1;
      this.#armed.set(sessionId, count);
      this.#faults.set(faultKey(sessionId, id), `flt_${count}`);
    }
    const ofSocket = createdSocketId ?? parameter(entry, 'socketId');
    if (armedFaultIds.length === 0 || ofSocket !== undefined) return [];
    return ['A fault of the session counts the calls of all its sockets, of which some are missing here.'];
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

const cutNotes = ({ cutParameters = [] }: Entry): readonly string[] =>
  cutParameters.map(
    (name) => `The journal has kept only the beginning of ${name}: this call has no more of it.`,
  );

const faultKey = (sessionId: string, faultId: string): string => `${sessionId} ${faultId}`;
