import assert from 'node:assert/strict';
import ts from 'typescript';

/**
 * Compiles projects one after another, as `tsc -p` does, but in this process, which reads a file once for all of them:
 * they differ in `lib` and `types` only, which are no matter of a file's text.
 *
 * @param projects the paths of their files
 */
export const compile = (projects: readonly string[]): void => {
  const read = new Map<string, ts.SourceFile>();
  for (const project of projects) {
    const { fileNames, options, errors } = configIn(project);
    const host = ts.createCompilerHost(options);
    const program = ts.createProgram({
      rootNames: fileNames,
      options,
      host: {
        ...host,
        getSourceFile: (name, ...how) => {
          const file = read.get(name) ?? host.getSourceFile(name, ...how);
          if (file !== undefined) read.set(name, file);
          return file;
        },
      },
    });
    const found = [...errors, ...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
    assert.equal(found.length, 0, ts.formatDiagnostics(found, host));
  }
};

const configIn = (path: string): ts.ParsedCommandLine =>
  ts.getParsedCommandLineOfConfigFile(path, undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (problem) => assert.fail(String(problem.messageText)),
  }) ?? assert.fail(path);
