import type { Step } from '../steps.js';
import type { Call } from '../types.js';
import { type Language, safeOrigin } from './language.js';
import { asciiJsonText, comment, powershellText } from './text.js';
import { isIndex, type Notation, written } from './values.js';
import { type Variables, variablesOf } from './variables.js';

/**
 * JSON between two `'`, which references interrupt. Not hash tables: those of PowerShell take two names that
 * differ in their case for one, and its JSON is another in each version.
 */
const values: Notation = {
  true: 'true',
  false: 'false',
  null: 'null',
  space: '',
  indent: '  ',
  text: asciiJsonText,
  name: asciiJsonText,
};

const withReferences = (variables: Variables): Notation => ({
  ...values,
  reference: ({ id, path }) =>
    `' + (ConvertTo-Json $${variables.get(id)}${path.map(member).join('')} -Compress) + '`,
});

const member = (part: string): string => {
  if (isIndex(part)) return `[${part}]`;
  return /^[A-Za-z]\w*$/.test(part) ? `.${part}` : `.${powershellText(part)}`;
};

const access = (origin: string): string => `$ErrorActionPreference = 'Stop'
$url = if ($env:WINSOCKD_URL) { $env:WINSOCKD_URL } else { '${safeOrigin(origin)}' }
$state = if ($env:LOCALAPPDATA) { $env:LOCALAPPDATA } elseif ($env:XDG_STATE_HOME) {
  $env:XDG_STATE_HOME
} else { "$HOME/.local/state" }
$token = if ($env:WINSOCKD_TOKEN) { $env:WINSOCKD_TOKEN } else {
  (Get-Content "$state/winsockd/token" -Raw).Trim()
}

# One call; its answer has a result or an error.
function Invoke-Rpc([string] $Method, [string] $Parameters) {
  Invoke-RestMethod -Method Post -Uri "$url/v1/rpc" -Headers @{ Authorization = "Bearer $token" } \`
    -ContentType 'application/json; charset=utf-8' \`
    -Body ('{"jsonrpc": "2.0", "id": 1, "method": "' + $Method + '", "params": ' + $Parameters + '}')
}
`;

const RUNNER = `
$sessions = New-Object System.Collections.ArrayList
# Makes a call that must end as it did; prints and returns its result.
function Invoke-Step([string] $Method, [string] $Parameters, [string] $Expected = 'ok') {
  $answer = Invoke-Rpc $Method $Parameters
  $outcome = if ($answer.error) { ($answer.error.data.type -split '/')[-1] } else { 'ok' }
  if ($Method -eq 'startup' -and $answer.result) { $null = $sessions.Add($answer.result.sessionId) }
  $told = if ($answer.error) { $answer.error.message } else { $answer.result }
  Write-Host "$Method $outcome $(ConvertTo-Json $told -Depth 20 -Compress)"
  if ($outcome -ne $Expected) { throw "\${Method}: $outcome, it was $Expected" }
  $answer.result
}

try {
`;

const END = `} finally {
  foreach ($each in $sessions) { $null = Invoke-Rpc 'endSession' ('{"sessionId": "' + $each + '"}') }
}
`;

const program = (steps: readonly Step[], origin: string): string => {
  const variables = variablesOf(steps);
  const lines = steps.flatMap(({ id, operation, params = {}, expectError, notes = [] }) => {
    const variable = variables.get(id ?? '');
    const given = written(params, withReferences(variables), '  ');
    const expected = expectError === undefined ? '' : ` ${powershellText(expectError)}`;
    return [
      ...notes.map((note) => `  ${comment('#', note)}\n`),
      `  $${variable ?? 'null'} = Invoke-Step ${powershellText(operation)} ('${given}')${expected}\n`,
    ];
  });
  return `# For Windows PowerShell 5.1 and PowerShell 7.\n${access(origin)}${RUNNER}${lines.join('')}${END}`;
};

const call = ({ operation, params }: Call, origin: string): string =>
  `${access(origin)}
Invoke-Rpc ${powershellText(operation)} '${written(params, values)}' | ConvertTo-Json -Depth 20
`;

/** For Windows PowerShell 5.1 and PowerShell 7. */
export const powershell: Language = {
  id: 'powershell',
  label: 'PowerShell',
  extension: 'ps1',
  program,
  call,
};
