import type { Step } from '../steps.js';
import type { Call } from '../types.js';
import { type Language, safeOrigin } from './language.js';
import { comment, jsonText, shellText } from './text.js';
import { type Notation, written } from './values.js';
import { type Variables, variablesOf } from './variables.js';

/** JSON between two `'`, which references interrupt. */
const values: Notation = {
  true: 'true',
  false: 'false',
  null: 'null',
  space: '',
  indent: '  ',
  text: jsonText,
  name: jsonText,
};

const withReferences = (variables: Variables): Notation => ({
  ...values,
  reference: ({ id, path }) =>
    `'"$(member "$${variables.get(id)}" ${path.map((part) => shellText(part)).join(' ')})"'`,
});

const access = (origin: string): string => `URL=\${WINSOCKD_URL:-${safeOrigin(origin)}}
TOKEN=\${WINSOCKD_TOKEN:-$(cat "\${XDG_STATE_HOME:-$HOME/.local/state}/winsockd/token")}
`;

const RUNNER = `
# rpc METHOD PARAMETERS: one call. The token comes from a file descriptor, so that no process list shows it.
rpc() {
  printf '{"jsonrpc": "2.0", "id": 1, "method": "%s", "params": %s}' "$1" "$2" |
    curl -sS --noproxy '*' "$URL/v1/rpc" -H @<(printf 'Authorization: Bearer %s' "$TOKEN") \\
      -H 'Content-Type: application/json' --data-binary @-
}
# member JSON NAME...: a member of a result, as JSON
member() {
  python3 -c '
import json, sys
value = json.load(sys.stdin)
for name in sys.argv[1:]: value = value[int(name) if isinstance(value, list) else name]
print(json.dumps(value))' "\${@:2}" <<< "$1"
}
# told: of the answer on standard input, how the call ended, and on a second line its result
told() {
  python3 -c '
import json, sys
text = sys.stdin.read() or sys.exit("no answer: does the daemon run?")
answer = json.loads(text)
if "result" not in answer and "error" not in answer: sys.exit(text)
error = answer.get("error")
print(error["data"]["type"].rpartition("/")[2] if error else "ok")
print(json.dumps(error["message"] if error else answer["result"]))'
}
sessions=()
end() {
  local each
  for each in \${sessions[@]+"\${sessions[@]}"}; do rpc endSession "{\\"sessionId\\": $each}" > /dev/null; done
}
trap end EXIT
# step METHOD OUTCOME PARAMETERS: a call that must end as it did. It prints the result, and keeps it in result
step() {
  local answer outcome
  answer=$(rpc "$1" "$3" | told) || exit 1
  outcome=\${answer%%$'\\n'*}
  result=\${answer#*$'\\n'}
  printf '%s %s %s\\n' "$1" "$outcome" "$result"
  if [ "$1 $outcome" = 'startup ok' ]; then sessions+=("$(member "$result" sessionId)"); fi
  if [ "$outcome" != "$2" ]; then echo "$1: $outcome, it was $2" >&2; exit 1; fi
}

`;

const program = (steps: readonly Step[], origin: string): string => {
  const variables = variablesOf(steps);
  const lines = steps.flatMap(({ id, operation, params = {}, expectError = 'ok', notes = [] }) => {
    const variable = variables.get(id ?? '');
    const given = written(params, withReferences(variables));
    return [
      ...notes.map((note) => `${comment('#', note)}\n`),
      `step ${shellText(operation)} ${shellText(expectError)} '${given}'\n`,
      ...(variable === undefined ? [] : [`${variable}=$result\n`]),
    ];
  });
  return `#!/usr/bin/env bash\n# It needs bash, curl and python3.\n${access(origin)}${RUNNER}${lines.join('')}`;
};

/** The delimiter cannot be a line of JSON. */
const call = ({ operation, params }: Call, origin: string): string => `${access(origin)}
curl -sS --noproxy '*' "$URL/v1/rpc" -H @<(printf 'Authorization: Bearer %s' "$TOKEN") \\
  -H 'Content-Type: application/json' --data-binary @- << 'END'; echo
${written({ jsonrpc: '2.0', id: 1, method: operation, params }, values)}
END
`;

/** For bash with curl, and python3 to read answers. */
export const curl: Language = { id: 'curl', label: 'curl', extension: 'sh', program, call };
