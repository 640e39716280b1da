/**
 * Refuses a process that cannot call Windows as this adapter does: its structures are laid out, and its functions
 * called, as on 64 bits.
 *
 * @throws an Error of one line
 */
export const requireWindows = (platform: string = process.platform, arch: string = process.arch): void => {
  if (platform !== 'win32') throw new Error(`the provider ws2_32 needs Windows; this is ${platform}`);
  if (arch === 'x64' || arch === 'arm64') return;
  throw new Error(`on Windows a 64-bit Node is needed (x64 or arm64); this is ${arch}`);
};
