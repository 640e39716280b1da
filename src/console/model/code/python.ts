import type { Step } from '../steps.js';
import type { Call } from '../types.js';
import { type Language, safeOrigin } from './language.js';
import { comment, pythonText } from './text.js';
import { isIndex, type Notation, written } from './values.js';
import { type Variables, variablesOf } from './variables.js';

const values: Notation = {
  true: 'True',
  false: 'False',
  null: 'None',
  space: '',
  indent: '    ',
  text: pythonText,
  name: pythonText,
};

const withReferences = (variables: Variables): Notation => ({
  ...values,
  reference: ({ id, path }) =>
    `${variables.get(id)}${path.map((part) => `[${isIndex(part) ? part : pythonText(part)}]`).join('')}`,
});

const access = (origin: string, imports: string): string => `import ${imports}

url = os.environ.get("WINSOCKD_URL", "${safeOrigin(origin)}")
home = os.path.expanduser("~/.local/state")
state = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_STATE_HOME") or home
token = os.environ.get("WINSOCKD_TOKEN") or open(os.path.join(state, "winsockd", "token")).read().strip()
headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
`;

const RUNNER = `

def rpc(method, params):
    """One call; returns its answer, which has a result or an error."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    with direct.open(urllib.request.Request(f"{url}/v1/rpc", body, headers)) as answer:
        return json.load(answer)


def step(method, params, expected="ok"):
    """Makes a call that must end as it did; prints and returns its result."""
    answer = rpc(method, params)
    error = answer.get("error")
    outcome = error["data"]["type"].rpartition("/")[2] if error else "ok"
    if method == "startup" and not error:
        sessions.append(answer["result"]["sessionId"])
    print(method, outcome, json.dumps(error["message"] if error else answer["result"]))
    if outcome != expected:
        sys.exit(f"{method}: {outcome}, it was {expected}: {json.dumps(error)}")
    return answer.get("result")


sessions = []
try:
`;

const END = `finally:
    for each in sessions:
        rpc("endSession", {"sessionId": each})
`;

const program = (steps: readonly Step[], origin: string): string => {
  const variables = variablesOf(steps);
  const lines = steps.flatMap(({ id, operation, params = {}, expectError, notes = [] }) => {
    const variable = variables.get(id ?? '');
    const expected = expectError === undefined ? '' : `, ${pythonText(expectError)}`;
    const given = written(params, withReferences(variables), '    ');
    return [
      ...notes.map((note) => `    ${comment('#', note)}`),
      `    ${variable === undefined ? '' : `${variable} = `}step(${pythonText(operation)}, ${given}${expected})`,
    ];
  });
  return `${access(origin, 'json, os, sys, urllib.request')}${RUNNER}${(lines.length > 0 ? lines : ['    pass']).join('\n')}\n${END}`;
};

const call = (
  { operation, params }: Call,
  origin: string,
): string => `${access(origin, 'json, os, urllib.request')}
request = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": ${pythonText(operation)},
    "params": ${written(params, values, '    ')},
}
with direct.open(urllib.request.Request(f"{url}/v1/rpc", json.dumps(request).encode(), headers)) as answer:
    print(answer.read().decode())
`;

/** For Python 3.8 and later, without packages. */
export const python: Language = { id: 'python', label: 'Python', extension: 'py', program, call };
