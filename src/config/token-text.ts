/** What a token is. */
export const TOKEN_MEANING = 'at least 16 printable ASCII characters without spaces';

/** The pattern of a token. */
export const TOKEN = '^[\\x21-\\x7e]{16,}$';

/** Whether a text can be a token. */
export const isToken = (text: string): boolean => new RegExp(TOKEN).test(text);
