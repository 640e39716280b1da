import { isDeepStrictEqual } from 'node:util';
import { CAUSES_OF_ID } from '../problems/causes.js';
import { causesLine, namesByStatus } from '../problems/causes-text.js';
import type { JsonSchema } from '../schemas.js';

const idInPath = (name: keyof typeof CAUSES_OF_ID, description: string): JsonSchema => ({
  ...{ name, in: 'path', required: true },
  description: `${description} Problems: ${causesLine(CAUSES_OF_ID[name])}.`,
  schema: { type: 'string' },
  'x-winsock-errors': namesByStatus(CAUSES_OF_ID[name]),
});

/** The ids in paths, which have a description of their own there, and the problems of every call with them. */
const IDS: Readonly<Record<string, JsonSchema>> = {
  sessionId: idInPath('sessionId', 'The session, from startup.'),
  socketId: idInPath('socketId', 'The socket, from socket, accept or duplicate.'),
};

/**
 * Completes the parameters of the operations: those that several have alike become references to components,
 * which the generator does not make.
 *
 * @param lists the parameters of each operation; changed here
 * @returns the components
 */
export const sharedParameters = (lists: readonly JsonSchema[][]): Readonly<Record<string, JsonSchema>> => {
  for (const parameters of lists) omitDefaults(parameters);
  const components = { ...IDS, ...sharedInQuery(lists) };
  for (const parameters of lists) referToComponents(parameters, components);
  return components;
};

/** Omits `required` where it is false, as it is without it. */
const omitDefaults = (parameters: JsonSchema[]): void => {
  for (const [i, { required, ...others }] of parameters.entries()) {
    if (required === false) parameters[i] = others;
  }
};

/** The query parameters that several operations have alike, by their names. */
const sharedInQuery = (lists: readonly (readonly JsonSchema[])[]): Readonly<Record<string, JsonSchema>> => {
  const inQuery = lists.flat().filter((one) => one.in === 'query');
  const isShared = (one: JsonSchema) => inQuery.filter((other) => isDeepStrictEqual(other, one)).length > 1;
  return Object.fromEntries(inQuery.filter(isShared).map((one) => [String(one.name), one]));
};

const referToComponents = (
  parameters: JsonSchema[],
  components: Readonly<Record<string, JsonSchema>>,
): void => {
  for (const [i, parameter] of parameters.entries()) {
    const name = String(parameter.name);
    const component = components[name];
    const isComponent = parameter.in === 'path' ? name in IDS : isDeepStrictEqual(parameter, component);
    if (isComponent) parameters[i] = { $ref: `#/components/parameters/${name}` };
  }
};
