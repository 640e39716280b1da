import koffi from '../src/providers/native/koffi.js';

/** Whether this process runs under Wine, whose ntdll.dll has an export that Windows lacks. */
export const isWine = (): boolean => {
  if (process.platform !== 'win32') return false;
  try {
    koffi.load('ntdll.dll').func('wine_get_version', 'str', []);
    return true;
  } catch {
    return false; // koffi throws for a missing export
  }
};
