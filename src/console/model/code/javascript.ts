import type { Step } from '../steps.js';
import type { Call } from '../types.js';
import { type Language, safeOrigin } from './language.js';
import { comment, javascriptText } from './text.js';
import { isIndex, type Notation, written } from './values.js';
import { type Variables, variablesOf } from './variables.js';

const isName = (text: string): boolean => /^[A-Za-z_]\w*$/.test(text);

const values: Notation = {
  true: 'true',
  false: 'false',
  null: 'null',
  space: ' ',
  indent: '  ',
  text: javascriptText,
  // Without brackets this name would set the prototype.
  name: (name) => (name === '__proto__' ? `['__proto__']` : isName(name) ? name : javascriptText(name)),
};

const withReferences = (variables: Variables): Notation => ({
  ...values,
  reference: ({ id, path }) => `${variables.get(id)}${path.map(member).join('')}`,
});

const member = (part: string): string =>
  isName(part) ? `.${part}` : `[${isIndex(part) ? part : javascriptText(part)}]`;

const access = (
  origin: string,
): string => `// For Node 20 and later (save it as example.mjs), and for the console of a browser: there, set
// globalThis.WINSOCKD_TOKEN before.
const env = globalThis.process?.env ?? globalThis;
const { WINSOCKD_URL: url = '${safeOrigin(origin)}', LOCALAPPDATA, XDG_STATE_HOME } = env;
const tokenOfFile = async () => {
  const { readFile } = await import('node:fs/promises');
  const { homedir } = await import('node:os');
  const state = LOCALAPPDATA ?? XDG_STATE_HOME ?? \`\${homedir()}/.local/state\`;
  return (await readFile(\`\${state}/winsockd/token\`, 'utf8')).trim();
};
const token = env.WINSOCKD_TOKEN ?? (await tokenOfFile());

// One call; its answer has a result or an error.
const rpc = async (method, params) => {
  const response = await fetch(\`\${url}/v1/rpc\`, {
    method: 'POST',
    headers: { Authorization: \`Bearer \${token}\`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};
`;

const RUNNER = `
const sessions = [];
// Makes a call that must end as it did; prints and returns its result.
const step = async (method, params, expected = 'ok') => {
  const { result, error } = await rpc(method, params);
  const outcome = error ? error.data.type.split('/').pop() : 'ok';
  if (method === 'startup' && result) sessions.push(result.sessionId);
  console.log(method, outcome, JSON.stringify(result ?? error.message));
  if (outcome !== expected) throw new Error(\`\${method}: \${outcome}, it was \${expected}: \${JSON.stringify(error)}\`);
  return result;
};

try {
`;

const END = `} finally {
  for (const sessionId of sessions) await rpc('endSession', { sessionId });
}
`;

const program = (steps: readonly Step[], origin: string): string => {
  const variables = variablesOf(steps);
  const lines = steps.flatMap(({ id, operation, params = {}, expectError, notes = [] }) => {
    const variable = variables.get(id ?? '');
    const expected = expectError === undefined ? '' : `, ${javascriptText(expectError)}`;
    const given = written(params, withReferences(variables), '  ');
    const made = `await step(${javascriptText(operation)}, ${given}${expected});`;
    return [
      ...notes.map((note) => `  ${comment('//', note)}\n`),
      `  ${variable === undefined ? '' : `const ${variable} = `}${made}\n`,
    ];
  });
  return `${access(origin)}${RUNNER}${lines.join('')}${END}`;
};

const call = ({ operation, params }: Call, origin: string): string =>
  `${access(origin)}
console.log(await rpc(${javascriptText(operation)}, ${written(params, values)}));
`;

/** For Node 20 and later, and for browsers. */
export const javascript: Language = {
  id: 'javascript',
  label: 'JavaScript',
  extension: 'mjs',
  program,
  call,
};
