/**
 * Refuses a process other than one of 64-bit Windows, whose structure layouts and calling convention this
 * adapter uses.
 *
 * @throws an Error of one line
 */
export const requireWindows = (platform: string = process.platform, arch: string = process.arch): void => {
  if (platform !== 'win32') throw new Error(`the provider ws2_32 needs Windows; this is ${platform}`);
  if (arch === 'x64' || arch === 'arm64') return;
  throw new Error(`on Windows a 64-bit Node is needed (x64 or arm64); this is ${arch}`);
};
