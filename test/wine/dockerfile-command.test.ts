import assert from 'node:assert/strict';
import test from 'node:test';
import { dockerfileCommand } from './dockerfile-command.js';

test('dockerfileCommand reads the command of a container from its Dockerfile as Docker does', () => {
  const cases: readonly [string, readonly string[] | undefined][] = [
    ['FROM a\nCMD ["node.exe", "dist\\\\main.js"]\n', ['node.exe', 'dist\\main.js']],
    // With single backslashes it is not JSON: Docker makes a shell command of it, including the brackets.
    ['FROM a\nCMD ["node.exe", "dist\\main.js"]\n', ['["node.exe",', '"dist\\main.js"]']],
    ['FROM a\r\ncmd node dist\\main.js\r\n', ['node', 'dist\\main.js']],
    ['FROM a\nCMD ["first"]\nFROM b\nENTRYPOINT ["node"]\nCMD ["main.js"]\n', ['node', 'main.js']],
    ['# escape=`\nFROM a\nHEALTHCHECK `\n  CMD ["health"]\nCMD ["one", `\n  "two"]\n', ['one', 'two']],
    ['FROM a\nCMD ["first"]\n# CMD ["none"]\nCMD ["last"]\n', ['last']],
    ['FROM a\nCMD ["first"]\nFROM b\n', undefined],
  ];
  for (const [text, wanted] of cases) assert.deepEqual(dockerfileCommand(text), wanted, text);
});
