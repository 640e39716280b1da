import type { AnyOperation } from '../../operations/operation.js';

/** The ids of more sockets may not fit into the body of a plain call. */
const LONG_LIST = 1000;

/** Whether an operation needs a large body, for data or for a long list, according to its schema. */
export const takesMuch = ({ params }: Pick<AnyOperation, 'params'>): boolean => {
  const { data, buffers } = params.properties;
  return (
    isOfBytes(data) ||
    isOfBytes(member(buffers, 'items')) ||
    Object.values(params.properties).some((schema) => Number(member(schema, 'maxItems') ?? 0) > LONG_LIST)
  );
};

/** Whether an answer can be long, because of bytes or a list, according to its schema. */
export const answersMuch = ({ result }: Pick<AnyOperation, 'result'>): boolean =>
  Object.values(result.properties).some((schema) => isOfBytes(schema) || member(schema, 'type') === 'array');

/** Whether a member carries bytes; the `buffers` of a receive are lengths. */
const isOfBytes = (schema: unknown): boolean => member(member(schema, 'properties'), 'base64') !== undefined;

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
