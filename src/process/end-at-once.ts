/**
 * Lets process.exit wait for nothing while threads block that cannot be taken back: name lookups. Node would
 * join them, and the process would outlive its drain by as long as the name servers are tried.
 *
 * @param blocked asked when the process exits, after everything that has to be written was
 */
export const endAtOnceWhile = async (blocked: () => boolean): Promise<void> => {
  const { platform } = process;
  if (platform !== 'win32' && platform !== 'linux') return;
  // Loaded here, because each system has its own.
  const { endProcess } = await (platform === 'win32'
    ? import('../providers/ws2_32/end-process.js')
    : import('../providers/posix/end-process.js'));
  process.on('exit', (code) => {
    if (blocked()) endProcess(code);
  });
};
