/** Forms for calls, made from the parameters of a method of the OpenRPC document. */

/** The part of JSON Schema that the document uses. */
export interface Schema {
  readonly type?: string;
  readonly $ref?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** A method of the OpenRPC document. */
export interface Method {
  readonly name: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly { readonly $ref: string }[];
  readonly externalDocs?: { readonly url: string };
  readonly params: readonly { readonly name: string; readonly required?: boolean; readonly schema: Schema }[];
}

/** The OpenRPC document, as far as the page reads it. */
export interface RpcDocument {
  readonly methods: readonly Method[];
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/**
 * How a parameter is entered. `id` is given by the place of the form. `choices` are several words of a list,
 * `json` is anything that has no field of its own.
 */
export type FieldKind =
  | 'id'
  | 'choice'
  | 'choices'
  | 'switch'
  | 'number'
  | 'text'
  | 'buffer'
  | 'address'
  | 'json';

/** One field of a form. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly isRequired: boolean;
  readonly description: string;
  /** The words of a choice. */
  readonly words: readonly string[];
}

const IDS: readonly string[] = ['sessionId', 'socketId'];

/** The fields of a method, in the order of the document. */
export const fieldsOf = (method: Method, document: RpcDocument): readonly Field[] =>
  method.params.map(({ name, required = false, schema: given }) => {
    const component = given.$ref?.slice(given.$ref.lastIndexOf('/') + 1);
    const schema = component === undefined ? given : (document.components.schemas[component] ?? {});
    const item = resolved(schema.items, document);
    return {
      name,
      kind: kindOf(name, component, schema, item),
      isRequired: required,
      description: plain(given.description ?? schema.description ?? item?.description ?? ''),
      words: schema.enum ?? item?.enum ?? [],
    };
  });

const resolved = (schema: Schema | undefined, { components }: RpcDocument): Schema | undefined =>
  schema?.$ref === undefined
    ? schema
    : components.schemas[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)];

const kindOf = (
  name: string,
  component: string | undefined,
  schema: Schema,
  item: Schema | undefined,
): FieldKind => {
  if (IDS.includes(name)) return 'id';
  if (component === 'Buffer') return 'buffer';
  if (component === 'SocketAddress') return 'address';
  if (schema.enum) return 'choice';
  if (item?.enum) return 'choices';
  if (schema.type === 'boolean') return 'switch';
  if (schema.type === 'integer' || schema.type === 'number') return 'number';
  return schema.type === 'string' ? 'text' : 'json';
};

/** The text of the document without its code marks. */
const plain = (text: string): string => text.replaceAll('`', '');

/** What is entered in a field. An empty text is no value. */
export type Entered = string | boolean | readonly string[] | EnteredBuffer | EnteredAddress;

/** A buffer as it is entered. */
export interface EnteredBuffer {
  readonly as: 'text' | 'hex' | 'base64';
  readonly value: string;
  /** WSABUF.len; empty: as many as are given. */
  readonly len: string;
}

/** An address as it is entered; without an address there is none. */
export interface EnteredAddress {
  readonly family: string;
  readonly address: string;
  readonly port: string;
}

/** The values of a form, by the names of its fields. */
export type Values = Readonly<Record<string, Entered | undefined>>;

/** The parameters that a form gives, or what is wrong with a field. */
export type Read =
  | { readonly ok: true; readonly params: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly wrong: Readonly<Record<string, string>> };

/**
 * Reads a form. It refuses only what cannot be sent at all: what the daemon refuses, its problem document
 * explains better.
 */
export const readForm = (fields: readonly Field[], values: Values): Read => {
  const params: Record<string, unknown> = {};
  const wrong: Record<string, string> = {};
  for (const field of fields) {
    const entered = values[field.name];
    try {
      const value = entered === undefined ? undefined : valueIn(field, entered);
      if (value !== undefined) params[field.name] = value;
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      wrong[field.name] = error.message;
    }
  }
  return Object.keys(wrong).length > 0 ? { ok: false, wrong } : { ok: true, params };
};

/** What is entered in a field has no value. */
class FieldError extends Error {}

const valueIn = ({ kind }: Field, entered: Entered): unknown => {
  if (typeof entered === 'boolean') return entered;
  if (typeof entered !== 'string') {
    if ('as' in entered) return bufferOf(entered);
    if ('family' in entered) return addressOf(entered);
    return entered.length === 0 ? undefined : entered;
  }
  if (entered === '') return undefined;
  if (kind === 'number') return numberOf(entered);
  if (kind === 'json') return jsonOf(entered);
  return entered;
};

const numberOf = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new FieldError('is not a number');
  return value;
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FieldError(`is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
};

const bufferOf = ({ as, value, len }: EnteredBuffer): object | undefined => {
  if (value === '' && len === '') return undefined;
  const length = len === '' ? {} : { len: numberOf(len) };
  if (as === 'text') return { text: value, ...length };
  if (as === 'base64') return { base64: value.trim(), ...length };
  return { base64: base64Of(bytesOfHex(value)), ...length };
};

const bytesOfHex = (text: string): Uint8Array => {
  const digits = text.replace(/[\s:]+/g, '');
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) throw new FieldError('must be pairs of hexadecimal digits');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
};

/** Bytes in base64 (RFC 4648, with padding). */
const base64Of = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
};

const addressOf = ({ family, address, port }: EnteredAddress): object | undefined => {
  if (address === '' && port === '') return undefined;
  if (family === 'AF_UNIX') return { family, path: address };
  return { family, address, ...(port !== '' && { port: numberOf(port) }) };
};
