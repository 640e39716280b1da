/**
 * Makes process.exit skip threads that are blocked in name lookups, which cannot be cancelled. Node would
 * join them, so the process would outlive its drain for as long as the name servers take.
 *
 * @param blocked called at the exit of the process, after all output was written
 */
export const endAtOnceWhile = async (blocked: () => boolean): Promise<void> => {
  const { platform } = process;
  if (platform !== 'win32' && platform !== 'linux') return;
  // Loaded here, because each system has a different module.
  const { endProcess } = await (platform === 'win32'
    ? import('../providers/ws2_32/end-process.js')
    : import('../providers/posix/end-process.js'));
  process.on('exit', (code) => {
    if (blocked()) endProcess(code);
  });
};
