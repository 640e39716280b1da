import type { JsonSchema } from '../schemas.js';

/** Schemas by component name, collected while schemas are converted. */
export type Components = Map<string, JsonSchema>;

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);

/**
 * Makes a schema and every object schema inside it a named component, since generated clients need a name for
 * each type. The name is the schema's `$id`, or else is made from its path. Integers get the format that
 * their bounds allow, and string constants become enums with one value.
 *
 * @returns a reference to the component
 * @throws Error if two different schemas have the same name
 */
export const addComponent = (components: Components, name: string, schema: JsonSchema): JsonSchema => {
  const id = typeof schema.$id === 'string' ? schema.$id : name;
  const converted = convert(components, id, schema);
  const existing = components.get(id);
  if (existing !== undefined && JSON.stringify(existing) !== JSON.stringify(converted)) {
    throw new Error(`Two different schemas are called ${id}.`);
  }
  components.set(id, converted);
  return componentRef(id);
};

/** A reference to a component of the document. */
export const componentRef = (name: string): { readonly $ref: string } => ({
  $ref: `#/components/schemas/${name}`,
});

/**
 * A schema for use inside another one: a reference if it has a name or is an object, else the schema itself.
 */
export const inlineSchema = (components: Components, name: string, schema: JsonSchema): JsonSchema => {
  const { $ref } = schema;
  if (typeof $ref === 'string')
    return componentRef($ref.replace(/^#\/components\/schemas\//, '').replace(/#$/, ''));
  const isObjectSchema = schema.type === 'object' || schema.properties !== undefined;
  return isObjectSchema || typeof schema.$id === 'string'
    ? addComponent(components, name, schema)
    : convert(components, name, schema);
};

const convert = (components: Components, name: string, schema: JsonSchema): JsonSchema => {
  const converted: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$id') continue;
    if (key === 'const' && typeof value === 'string')
      Object.assign(converted, { type: 'string', enum: [value] });
    else if (key === 'properties' && isSchema(value)) converted[key] = properties(components, name, value);
    else if (key === 'items' && isSchema(value))
      converted[key] = inlineSchema(components, `${name}Item`, value);
    else if (key === 'additionalProperties' && isSchema(value)) {
      converted[key] = inlineSchema(components, `${name}Value`, value);
    } else converted[key] = value;
  }
  // Some generators cannot make a type for an object that has no members and allows none.
  if (isSchema(converted.properties) && Object.keys(converted.properties).length === 0) {
    converted.additionalProperties = true;
  }
  if (converted.type === 'integer') converted.format ??= integerFormat(converted);
  return converted;
};

const properties = (components: Components, name: string, schemas: JsonSchema): JsonSchema =>
  Object.fromEntries(
    Object.entries(schemas)
      .filter((entry): entry is [string, JsonSchema] => isSchema(entry[1]))
      .map(([property, schema]) => [
        property,
        inlineSchema(components, `${name}${capital(property)}`, schema),
      ]),
  );

const integerFormat = ({ minimum, maximum }: Record<string, unknown>): 'int32' | 'int64' =>
  typeof minimum === 'number' && typeof maximum === 'number' && minimum >= INT32_MIN && maximum <= INT32_MAX
    ? 'int32'
    : 'int64';

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text with its first letter in upper case. */
export const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
