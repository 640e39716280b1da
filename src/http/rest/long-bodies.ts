import type { AnyOperation } from '../../operations/operation.js';

/** Ids of so many sockets may not fit into the body of a plain call. */
const LONG_LIST = 1000;

/** Whether a call needs a large body: for the data that it sends, or for a long list. Its schema says so. */
export const takesMuch = ({ params }: Pick<AnyOperation, 'params'>): boolean => {
  const { data, buffers } = params.properties;
  return (
    isOfBytes(data) ||
    isOfBytes(member(buffers, 'items')) ||
    Object.values(params.properties).some((schema) => Number(member(schema, 'maxItems') ?? 0) > LONG_LIST)
  );
};

/** Whether an answer can be long: it has bytes, or a list. Its schema says so. */
export const answersMuch = ({ result }: Pick<AnyOperation, 'result'>): boolean =>
  Object.values(result.properties).some((schema) => isOfBytes(schema) || member(schema, 'type') === 'array');

/** A buffer with its bytes; where a call receives, `buffers` are lengths. */
const isOfBytes = (schema: unknown): boolean => member(member(schema, 'properties'), 'base64') !== undefined;

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
