/**
 * What the daemons of a run have answered, against what openapi/openapi.json states: a code that comes and is not
 * stated there fails the run.
 *
 * @typedef {{ operation: string, status: number, name: string }} Answered name: the code or the refusal, empty for a
 *   success
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What any request can be refused for is seen of a few operations, and is of no interest for each of the others. */
const MOST_NAMED = 8;

const VERBS = ['get', 'put', 'post', 'delete'];

/**
 * Makes the folder in which record-answers.mjs writes.
 *
 * @param {string} checkout built already
 * @param {string} folder emptied first
 * @returns {Promise<{ folder: string, hook: string }>} hook: what Node is to import
 */
export async function startRecording(checkout, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'routes.json'), JSON.stringify(await routesOf(checkout)));
  return { folder, hook: join(checkout, 'scripts', 'test', 'record-answers.mjs') };
}

/** The variables with which a Node of this machine, and the Nodes that it starts, record. */
export function recordingEnv({ folder, hook }, { NODE_OPTIONS = '' } = process.env) {
  return {
    TEST_ANSWERS: folder,
    NODE_OPTIONS: `${NODE_OPTIONS} --import=${pathToFileURL(hook).href}`.trim(),
  };
}

/** @returns {Answered[]} each once, of all processes */
export function recordedIn(folder) {
  const lines = readdirSync(folder)
    .filter((name) => name.endsWith('.answers'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
  return [...new Set(lines)].filter(Boolean).map((line) => {
    const [operation, status, name = ''] = line.split(' ');
    return { operation, status: Number(status), name };
  });
}

/** @returns {Answered[]} everything that the document states */
export function statedAnswers(checkout) {
  const { 'x-winsock-errors': ofAny = [] } = documentOf(checkout);
  return documentedOperations(checkout).flatMap(({ described }) =>
    answersOf(described, ofAny).map((answer) => ({ operation: described.operationId, ...answer })),
  );
}

/**
 * @param {Answered[]} stated
 * @param {Answered[]} seen
 * @returns {{ absent: Answered[], unseen: Answered[] }} absent: seen and not stated. unseen: stated and not seen
 */
export function compareAnswers(stated, seen) {
  const without = (some, others) => {
    const known = new Set(others.map(textOf));
    return some.filter((one) => !known.has(textOf(one)));
  };
  // What is no Winsock operation (health, events, files of journals) states no codes, but that any problem can come.
  const withCodes = new Set(stated.filter(({ name }) => name).map(({ operation }) => operation));
  const isJudged = ({ operation, name }) => name === '' || withCodes.has(operation);
  return { absent: without(seen, stated).filter(isJudged), unseen: without(stated, seen) };
}

/** @returns {import('./results.mjs').Result} whether all that was answered is stated */
export function answersResult(platform, absent) {
  const result = { suite: 'answers', platform, name: 'every answer is one that openapi/openapi.json states' };
  if (absent.length === 0) return { ...result, outcome: 'passed' };
  return { ...result, outcome: 'failed', reason: `not stated: ${absent.map(textOf).sort().join('; ')}` };
}

/** @returns {string[]} a line for each code that operations state and no test has seen of them: how many, or which */
export function unseenLines(unseen, stated) {
  const codes = [...new Set(unseen.map(codeOf))].sort();
  return codes.map((code) => {
    const those = ({ operation, ...answer }) => (codeOf(answer) === code ? [operation] : []);
    const of = unseen.flatMap(those);
    const all = stated.flatMap(those).length;
    const isMany = of.length === all || of.length > MOST_NAMED;
    return `${code}: ${isMany ? `${of.length} of ${all}` : of.join(' ')}`;
  });
}

/** What one operation of the document can answer: what it states itself, and what any request can get. */
function answersOf({ responses, 'x-winsock-errors': errors = examplesOf(responses) }, ofAny) {
  const successes = Object.keys(responses)
    .filter((status) => status < 400)
    .map((status) => ({ status: Number(status), name: '' }));
  const problems = errors.length > 0 ? [...errors, ...ofAny] : [];
  return [...successes, ...problems.map(({ status, name }) => ({ status, name }))];
}

/** The problems of which the document has an example each. */
function examplesOf(responses) {
  return Object.entries(responses).flatMap(([status, { content }]) =>
    Object.keys(content?.['application/problem+json']?.examples ?? {}).map((name) => ({
      status: Number(status),
      name,
    })),
  );
}

async function routesOf(checkout) {
  const built = (path) => import(pathToFileURL(join(checkout, 'dist', 'src', path)).href);
  const { OPERATIONS } = await built('operations/list.js');
  const { aliasRoutesOf } = await built('http/rest/rest-route.js');
  const aliases = OPERATIONS.flatMap((op) =>
    aliasRoutesOf(op).map(({ method, path }) => ({ operation: op.name, method, path })),
  );
  const documented = documentedOperations(checkout).map(({ method, path, described }) => ({
    operation: described.operationId,
    method,
    path,
  }));
  return [...documented, ...aliases].map(({ path, ...route }) => ({
    ...route,
    pattern: `^${path.replace(/\{\w+\}/g, '[^/]+')}$`,
  }));
}

function documentedOperations(checkout) {
  return Object.entries(documentOf(checkout).paths).flatMap(([path, item]) =>
    VERBS.filter((verb) => item[verb]).map((verb) => ({
      method: verb.toUpperCase(),
      path,
      described: item[verb],
    })),
  );
}

const documentOf = (checkout) => JSON.parse(readFileSync(join(checkout, 'openapi', 'openapi.json'), 'utf8'));

const codeOf = ({ status, name }) => `${status} ${name}`.trim();
const textOf = (answer) => `${answer.operation} ${codeOf(answer)}`;
