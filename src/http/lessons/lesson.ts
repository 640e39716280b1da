import Type, { type Static } from 'typebox';

/** The largest file of a lesson, in bytes. */
export const MOST_OF_LESSON = 64 * 1024;

/** The most steps of a lesson. */
const MOST_LESSON_STEPS = 100;

/** The id of the session of a lesson: `{"$result": "/session/sessionId"}` in its calls. */
export const SESSION_STEP = 'session';

/** What `id` looks like; it is the name of the file without `.json`. */
export const LESSON_ID = '^[a-z0-9-]{1,64}$';

const object = <P extends Parameters<typeof Type.Object>[0]>(description: string, properties: P) =>
  Type.Object(properties, { description, additionalProperties: false });

const prose = (description: string, maxLength: number) =>
  Type.String({ description, minLength: 1, maxLength });

const members = (description: string) => Type.Object({}, { description, additionalProperties: true });

const callOf = (operations: readonly string[]) =>
  object('A call, as a step of a batch.', {
    id: Type.Optional(
      Type.String({
        description: 'For references of later calls.',
        pattern: '^[A-Za-z0-9_-]{1,64}$',
      }),
    ),
    operation: Type.Unsafe<string>({ type: 'string', description: 'Its operation.', enum: operations }),
    params: Type.Optional(
      members('Its parameters. `{"$result": "/id/member"}` stands for a value of an earlier result.'),
    ),
    expect: Type.Optional(members('The values that must be at JSON pointers into its result.')),
    expectError: Type.Optional(
      Type.String({ description: 'The name of the code that it must end with.', maxLength: 64 }),
    ),
    repeat: Type.Optional(
      Type.Integer({
        description: 'How often it is made; a failure ends that.',
        minimum: 1,
        maximum: 100,
      }),
    ),
  });

const question = object('A question about what has been seen.', {
  text: prose('The question.', 300),
  choices: Type.Array(prose('A possible answer.', 200), {
    description: 'The possible answers; one of them is right.',
    minItems: 2,
    maxItems: 4,
    uniqueItems: true,
  }),
  right: Type.Integer({ description: 'The index of the right one, from 0.', minimum: 0, maximum: 3 }),
  why: prose('Why it is right, and what is wrong with the others.', 600),
});

const stepOf = (operations: readonly string[]) =>
  object('One idea.', {
    text: prose('What happens in this step, and why.', 800),
    call: Type.Optional(callOf(operations)),
    as: Type.Optional(
      Type.String({
        description: 'The name of the socket that the call makes, for people.',
        pattern: '^[A-Za-z0-9][A-Za-z0-9 -]{0,19}$',
      }),
    ),
    after: Type.Optional(prose('What to see when the call has been made.', 800)),
    question: Type.Optional(question),
  });

/** The schema of a lesson. @param operations the names of the operations that it may call */
export const lessonSchema = (operations: readonly string[]) =>
  object('A lesson of winsockd: short steps, most of them with a call that the reader makes.', {
    $schema: Type.Optional(Type.String({ description: 'For editors.', maxLength: 200 })),
    id: Type.String({ description: 'The name of the file without `.json`.', pattern: LESSON_ID }),
    title: prose('The title.', 60),
    summary: prose('What the reader learns, in one line.', 160),
    minutes: Type.Integer({ description: 'How long it takes.', minimum: 1, maximum: 60 }),
    order: Type.Optional(
      Type.Integer({
        description: 'Its place among the lessons; without it, behind those that have one.',
        minimum: 0,
        maximum: 1000,
      }),
    ),
    providers: Type.Unsafe<readonly LessonProvider[]>({
      type: 'array',
      description: 'Where it runs: on the lab, or also on the native provider of the daemon.',
      enum: [['lab'], ['lab', 'native']],
    }),
    steps: Type.Array(stepOf(operations), {
      description: 'The steps, in their order.',
      minItems: 1,
      maxItems: MOST_LESSON_STEPS,
    }),
  });

/** The lab, or the first provider of the daemon that is not the lab. */
export type LessonProvider = 'lab' | 'native';

/** A lesson, as it is in its file. */
export type Lesson = Static<ReturnType<typeof lessonSchema>>;

export type LessonStep = Lesson['steps'][number];
