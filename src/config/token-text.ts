/** The pattern of a token: at least 16 printable ASCII characters without spaces. */
export const TOKEN = '^[\\x21-\\x7e]{16,}$';

/** Whether a text can be a token. */
export const isToken = (text: string): boolean => new RegExp(TOKEN).test(text);
