/** A media type, in lower case, and the charset that it names. */
export interface MediaType {
  readonly essence: string;
  readonly charset?: string | undefined;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9a-z-]+/.source;
const QUOTED = /"(?:[^"\\]|\\.)*"/.source;
const ESSENCE = new RegExp(`[ \\t]*(${TOKEN}/${TOKEN})[ \\t]*`, 'iy');
const PARAMETER = new RegExp(`;[ \\t]*(?:(${TOKEN})=(${TOKEN}|${QUOTED}))?[ \\t]*`, 'iy');

/**
 * Reads a Content-Type. Parameters may be empty, quoted and unknown; undefined for what is no media type, and
 * for two charsets.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1
 */
export const mediaTypeOf = (field: string): MediaType | undefined => {
  ESSENCE.lastIndex = 0;
  const essence = ESSENCE.exec(field)?.[1]?.toLowerCase();
  if (essence === undefined) return undefined;
  let charset: string | undefined;
  for (let at = ESSENCE.lastIndex; at < field.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at;
    const parameter = PARAMETER.exec(field);
    if (!parameter) return undefined;
    const [, name, value = ''] = parameter;
    if (name?.toLowerCase() !== 'charset') continue;
    if (charset !== undefined) return undefined;
    charset = unquoted(value).toLowerCase();
  }
  return { essence, charset };
};

const unquoted = (value: string): string =>
  value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
