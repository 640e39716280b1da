import { PLACEHOLDER } from './bodies.js';
import type { SocketLife } from './life.js';
import type { Repetition, Step } from './steps.js';

/** How long a call that waits gets to arrive before the next one is made, in seconds. */
const HEAD_START = 0.3;

/** The repetition as a script for bash with curl. */
export function* curlScript(
  { socketId }: SocketLife,
  { steps, sessions, remarks }: Repetition,
): Generator<string> {
  const names = steps.flatMap(({ gives }) => gives?.name ?? []);
  yield HEAD(socketId, [...new Set(names)], sessions);
  for (const remark of remarks) yield `# ${remark}\n`;
  for (const step of steps) yield lines(step);
  yield TAIL;
}

const lines = (step: Step): string => step.notes.map((note) => `# ${note}\n`).join('') + line(step);

const line = ({ number, operation, method, path, body, status, code, gives, pending }: Step): string => {
  const target = quoted(path).replace(/\{(\w+)\}/g, '\'"$$$1"\'');
  const call = `call ${number} ${operation} ${method} ${target} ${status} ${code} < ${bodyOf(body)}`;
  if (pending) return `${call} &\nsleep ${HEAD_START}\n`;
  return gives ? `${call}\n${gives.name}=$(id ${number} ${gives.member})\n` : `${call}\n`;
};

const bodyOf = (body: string): string => {
  if (body === '') return '/dev/null';
  // A split by an expression with two groups gives what is outside, then both groups, of which one is empty.
  const parts = body.split(PLACEHOLDER).flatMap((part: string | undefined, i) => {
    if (part === undefined || part === '') return [];
    return [`printf %s ${quoted(part)}`, `zeros ${part}`, `printf %s "$${part}"`][i % 3] ?? [];
  });
  return `<(${parts.join('; ')})`;
};

/** A word for the shell, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const HEAD = (
  socketId: string,
  names: readonly string[],
  sessions: readonly string[],
): string => `#!/usr/bin/env bash
# The life of ${socketId}, repeated call by call. Every answer must have the status and the code that it had.
# Needs bash and curl. WINSOCKD_URL is the daemon (http://127.0.0.1:10093 without it), WINSOCKD_TOKEN the token; without
# it, it is that of the file that the daemon's first start made. Proxies are not used.
# Whatever the socket talked to must be there again.
set -eu
url=\${WINSOCKD_URL:-http://127.0.0.1:10093}
token=\${WINSOCKD_TOKEN:-$(cat "\${XDG_STATE_HOME:-$HOME/.local/state}/winsockd/token")}
: "\${token:?WINSOCKD_TOKEN is not set, and there is no token file}"
${names.map((name) => `${name}=`).join(' ')}
work=$(mktemp -d)
end() {
  for each in ${sessions.map((name) => `"$${name}"`).join(' ')}; do
    if [ -n "$each" ]; then call end endSession DELETE /v1/sessions/"$each" 200 - < /dev/null || true; fi
  done
  rm -rf "$work"
}
trap end EXIT

# The base64 of that many zero bytes.
zeros() { head -c "$1" /dev/zero | base64 | tr -d '\\n'; }

# The member of an answer.
id() { sed -n 's/.*"'"$2"'":"\\([^"]*\\)".*/\\1/p' "$work/$1-answer"; }

# call NUMBER OPERATION METHOD PATH STATUS CODE, the body on standard input
call() {
  local answer="$work/$1-answer" status code=-
  cat > "$work/$1-body"
  local body=()
  if [ -s "$work/$1-body" ]; then body=(--header 'Content-Type: application/json' --data-binary "@$work/$1-body"); fi
  status=$(curl --silent --show-error --noproxy '*' --output "$answer" --write-out '%{http_code}' --request "$3" \\
    --header @<(printf 'Authorization: Bearer %s\\n' "$token") "\${body[@]}" "$url$4")
  if [ "$status" -ge 400 ]; then
    code=$(sed -n 's/.*"code":\\([0-9]*\\).*/\\1/p' "$answer")
    if [ -z "$code" ]; then code=$(sed -n 's/.*"type":"\\/problems\\/\\([^"]*\\)".*/\\1/p' "$answer"); fi
  fi
  if [ "$status $code" = "$5 $6" ]; then
    echo "$1 $2: $status $code"
  else
    echo "$1 $2: $status $code, it was $5 $6" | tee -a "$work/differences" >&2
  fi
}

`;

const TAIL = `
wait
if [ -s "$work/differences" ]; then exit 1; fi
`;
