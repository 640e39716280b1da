import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { ParameterError } from '../../daemon/answers/refusals.js';
import type { AnyOperation, Chapter } from '../../operations/operation.js';
import { DocumentBytes } from '../batch/document-bytes.js';
import { BatchReader } from '../batch/read-batch.js';
import { type InstantClock, Instants } from '../gates/not-before.js';
import { Slices } from '../memory/slices.js';
import { type Lesson, type LessonStep, lessonSchema, SESSION_STEP } from './lesson.js';
import { lessonOperations, wrongWithCall } from './lesson-calls.js';
import { wrongWithProse } from './prose.js';

/** Memory that nobody counts: lessons are read before there are clients. */
const UNCOUNTED = { reserve: () => undefined, count: () => {}, release: () => {}, isShort: false };

/** Nothing else runs meanwhile, so nothing has to have its turn. */
const AT_ONCE = { run: (_owner: string, step: () => void) => step() };

/** A lesson that was read, or what is wrong with it. */
type Checked =
  | { readonly lesson: Lesson; readonly wrong?: undefined }
  | { readonly lesson?: undefined; readonly wrong: ParameterError };

/** Checks lessons: their schema, and what a schema cannot say. */
export class LessonCheck {
  readonly #operations: ReadonlyMap<string, AnyOperation>;
  readonly #validate: ValidateFunction<Lesson>;
  readonly #batches: BatchReader;

  /** @param chapters all operations of the daemon */
  constructor(chapters: readonly Chapter[], clock: InstantClock) {
    this.#operations = lessonOperations(chapters);
    const schema = lessonSchema([...this.#operations.keys()]);
    this.#validate = new Ajv({ strict: true, meta: false, validateSchema: false }).compile<Lesson>(schema);
    const all = new Map(chapters.flatMap(({ operations }) => operations).map((op) => [op.name, op]));
    // No time of a lesson is limited by it.
    const waitSeconds = 1;
    this.#batches = new BatchReader(
      (name) => all.get(name),
      new Slices(AT_ONCE),
      waitSeconds,
      new Instants(clock, waitSeconds * 1000),
    );
  }

  /** @param id the name of its file */
  async check(value: unknown, id: string): Promise<Checked> {
    if (!this.#validate(value)) return { wrong: described(this.#validate.errors?.[0]) };
    for (const wrong of this.#complaints(value, id)) return { wrong };
    const wrong = await this.#wrongBatch(value);
    return wrong ? { wrong } : { lesson: value };
  }

  *#complaints(lesson: Lesson, id: string): Iterable<ParameterError> {
    if (lesson.id !== id) yield { path: ['id'], detail: 'must be the name of the file without .json' };
    for (const [path, text] of prosesOf(lesson)) {
      const detail = wrongWithProse(text);
      if (detail !== undefined) yield { path, detail };
    }
    const names = new Set<string>();
    for (const [at, step] of lesson.steps.entries()) {
      const { call, question, as } = step;
      if (question && question.right >= question.choices.length) {
        yield { path: ['steps', at, 'question', 'right'], detail: 'is the index of no choice' };
      }
      if (as !== undefined && (names.has(as) || !this.#makesSocket(step))) {
        yield {
          path: ['steps', at, 'as'],
          detail: 'must be a new name, of a call with an id that makes a socket',
        };
      }
      if (as !== undefined) names.add(as);
      const op = call && this.#operations.get(call.operation);
      if (!op) continue;
      for (const { path, detail } of wrongWithCall(
        op,
        call.params ?? {},
        lesson.providers.includes('native'),
      )) {
        yield { path: ['steps', at, 'call', 'params', ...path], detail };
      }
    }
  }

  #makesSocket({ call }: LessonStep): boolean {
    const op = this.#operations.get(call?.operation ?? '');
    return call?.id !== undefined && op?.created !== undefined && 'socketId' in op.result.properties;
  }

  /** The calls of a lesson are a batch behind the startup of its session: ids, references, codes. */
  async #wrongBatch({ steps }: Lesson): Promise<ParameterError | undefined> {
    const places = steps.flatMap(({ call }, at) => (call ? [at] : []));
    const document = {
      steps: [{ id: SESSION_STEP, operation: 'startup' }, ...steps.flatMap(({ call }) => call ?? [])],
    };
    const read = await this.#batches.read(document, '', new DocumentBytes(UNCOUNTED));
    if (read.ok) return undefined;
    const [error] = read.errors ?? [];
    const [, at, ...rest] = error?.path ?? [];
    const place = places[Number(at) - 1];
    if (error === undefined || place === undefined) return { path: ['steps'], detail: 'are no valid batch' };
    return { path: ['steps', place, 'call', ...rest], detail: error.detail };
  }
}

/** Every text for people, with its place. */
function* prosesOf({ title, summary, steps }: Lesson): Iterable<readonly [ParameterError['path'], string]> {
  yield [['title'], title];
  yield [['summary'], summary];
  for (const [at, { text, after, question }] of steps.entries()) {
    const step = ['steps', at];
    yield [[...step, 'text'], text];
    if (after !== undefined) yield [[...step, 'after'], after];
    if (!question) continue;
    yield [[...step, 'question', 'text'], question.text];
    for (const [i, choice] of question.choices.entries()) yield [[...step, 'question', 'choices', i], choice];
    yield [[...step, 'question', 'why'], question.why];
  }
}

const described = (error: ErrorObject | undefined): ParameterError => {
  if (!error) return { path: [], detail: 'is no lesson' };
  const { instancePath, keyword, params, message = 'is not valid' } = error;
  const path = instancePath.split('/').slice(1).map(unescaped);
  if (keyword === 'required')
    return { path: [...path, String(params.missingProperty)], detail: 'is missing' };
  if (keyword === 'additionalProperties') {
    return { path: [...path, String(params.additionalProperty)], detail: 'is no member of a lesson' };
  }
  if (keyword !== 'enum') return { path, detail: message };
  return path.at(-1) === 'operation'
    ? { path, detail: 'is not an operation that lessons may call' }
    : {
        path,
        detail: `must be one of ${params.allowedValues.map((one: unknown) => JSON.stringify(one)).join(', ')}`,
      };
};

const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');
