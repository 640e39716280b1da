/** The object that a text has in JSON; undefined if it has none. */
export const objectIn = (text: string): object | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // no JSON: the caller says so
  }
};
