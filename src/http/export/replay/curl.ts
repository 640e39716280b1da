import type { SocketLife } from '../socket-life.js';
import { PLACEHOLDER } from './replay-bodies.js';
import type { Repetition, Step } from './step.js';

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

const line = (step: Step): string => {
  const { number, operation, method, path, body, status, code, gives, pending, awaits } = step;
  const target = quoted(path).replace(/\{(\w+)\}/g, '\'"$$$1"\'');
  const call = `call ${number} ${operation} ${method} ${target} ${status} ${code} < ${bodyOf(body)}\n`;
  return [
    awaits.length > 0 ? `join ${awaits.join(' ')}\n` : '',
    pending ? `beside ${call}` : call,
    gives
      ? `${gives.name}=$(${gives.member === 'port' ? 'own_port' : 'id'} ${number} ${gives.member})\n`
      : '',
  ].join('');
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
  for each in ${all(sessions)}; do
    # One that the steps have ended is gone.
    if [ -n "$each" ]; then ask DELETE /v1/sessions/"$each" --output /dev/null || true; fi
  done
  rm -rf "$work"
}
trap end EXIT

# The base64 of that many zero bytes.
zeros() { head -c "$1" /dev/zero | base64 | tr -d '\\n'; }

# The member of an answer.
id() { sed -n 's/.*"'"$2"'":"\\([^"]*\\)".*/\\1/p' "$work/$1-answer"; }

# The port of a socket.
own_port() { sed -n 's/.*"localAddress":{[^}]*"port":\\([0-9]*\\).*/\\1/p' "$work/$1-answer"; }

# ask METHOD PATH, then more for curl
ask() {
  curl --silent --show-error --noproxy '*' --request "$1" "\${@:3}" \\
    --header @<(printf 'Authorization: Bearer %s\\n' "$token") "$url$2"
}

# call NUMBER OPERATION METHOD PATH STATUS CODE, the body on standard input
call() {
  local answer="$work/$1-answer" status code=-
  : > "$answer"
  cat > "$work/$1-body"
  local body=()
  if [ -s "$work/$1-body" ]; then body=(--header 'Content-Type: application/json' --data-binary "@$work/$1-body"); fi
  if ! status=$(ask "$3" "$4" --output "$answer" --write-out '%{http_code}' "\${body[@]}"); then
    status=no
    code=answer
  elif [ "$status" -ge 400 ]; then
    code=$(sed -n 's/.*"code":\\([0-9]*\\).*/\\1/p' "$answer")
    if [ -z "$code" ]; then code=$(sed -n 's/.*"type":"\\/problems\\/\\([^"]*\\)".*/\\1/p' "$answer"); fi
    # The ids that a problem names are none that it gives.
    : > "$answer"
  fi
  if [ "$status $code" = "$5 $6" ]; then
    echo "$1 $2: $status $code"
  else
    echo "$1 $2: $status $code, it was $5 $6" | tee -a "$work/differences" >&2
  fi
}

# How many calls the sessions are at work on.
at_work() {
  local sum=0 each found
  for each in ${all(sessions)}; do
    if [ -z "$each" ]; then continue; fi
    found=$(ask GET /v1/sessions/"$each" | sed -n 's/.*"pendingCalls":\\([0-9]*\\).*/\\1/p')
    sum=$((sum + \${found:-0}))
  done
  echo "$sum"
}

# A call beside those that follow. They begin when the daemon is at work on it, however long that takes: a time would be
# too short for one, too long for another that has a limit.
declare -A beside=()
beside() {
  "$@" <&0 &
  beside[$2]=$!
  until [ "$(jobs -pr | wc -l)" -le "$(at_work)" ]; do sleep 0.01; done
}

# Waits for calls of those numbers, which had ended when the next one began.
join() {
  local each
  for each in "$@"; do
    wait "\${beside[$each]}" || echo "$each: the call has come to nothing" | tee -a "$work/differences" >&2
    unset "beside[$each]"
  done
}

`;

/** Variables as words for the shell. */
const all = (names: readonly string[]): string => names.map((name) => `"$${name}"`).join(' ');

const TAIL = `
join "\${!beside[@]}"
if [ -s "$work/differences" ]; then exit 1; fi
`;
