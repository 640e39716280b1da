/** A part of a parsed document. */
type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
const FORBIDDEN = [
  'oneOf',
  'anyOf',
  'allOf',
  'not',
  'nullable',
  'const',
  'patternProperties',
  '$id',
  '$defs',
];

/**
 * What in an OpenAPI document would make generated clients clumsy or wrong, one line for each violation. The
 * rules: schemas without choices and nulls, constants as string enums whose members have free names, named
 * objects, integers with a format, one success status for each operation, and problem documents for all other
 * statuses.
 */
export const clientRuleViolations = (document: unknown): string[] => {
  if (!isNode(document)) return ['no document'];
  const found: string[] = [];
  const operationIds = new Set<string>();
  const { paths, components } = document;
  for (const [path, item] of Object.entries(isNode(paths) ? paths : {})) {
    for (const method of METHODS) {
      const operation = isNode(item) ? item[method] : undefined;
      if (!isNode(operation)) continue;
      const where = `${method.toUpperCase()} ${path}`;
      const { operationId } = operation;
      if (typeof operationId !== 'string') found.push(`${where}: no operationId`);
      else if (operationIds.has(operationId)) found.push(`${where}: operationId ${operationId} twice`);
      else operationIds.add(operationId);
      found.push(...responseViolations(where, operation.responses), ...schemasBelow(where, operation));
    }
  }
  const schemas = isNode(components) && isNode(components.schemas) ? components.schemas : {};
  for (const [name, schema] of Object.entries(schemas)) found.push(...schemaViolations(name, schema, true));
  return found;
};

const responseViolations = (where: string, responses: unknown): string[] => {
  if (!isNode(responses)) return [`${where}: no responses`];
  const found: string[] = [];
  const successes = Object.keys(responses).filter((status) => status.startsWith('2'));
  if (successes.length !== 1) found.push(`${where}: ${successes.length} success statuses`);
  if (responses.default === undefined) found.push(`${where}: no default response`);
  for (const [status, response] of Object.entries(responses)) {
    // The response of all problems, which openapi.test.ts checks.
    if (isNode(response) && response.$ref === '#/components/responses/AnyProblem') continue;
    const content = isNode(response) && isNode(response.content) ? response.content : {};
    const types = Object.keys(content);
    if (successes.includes(status)) {
      if (types.length > 1) found.push(`${where} ${status}: ${types.length} media types`);
    } else if (types.length !== 1 || types[0] !== 'application/problem+json') {
      found.push(`${where} ${status}: no problem document`);
    }
  }
  return found;
};

/** The violations in every schema of an operation; examples are data, not schemas. */
const schemasBelow = (where: string, node: unknown): string[] => {
  if (Array.isArray(node)) return node.flatMap((item, i) => schemasBelow(`${where}/${i}`, item));
  if (!isNode(node)) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    if (key === 'example' || key === 'examples') return [];
    return key === 'schema'
      ? schemaViolations(`${where}/schema`, value, false)
      : schemasBelow(`${where}/${key}`, value);
  });
};

const schemaViolations = (where: string, schema: unknown, named: boolean): string[] => {
  if (!isNode(schema)) return [`${where}: no schema`];
  if (schema.$ref !== undefined) {
    return /^#\/components\/schemas\/[A-Za-z0-9_]+$/.test(String(schema.$ref)) ? [] : [`${where}: odd $ref`];
  }
  const { type, properties, items, additionalProperties } = schema;
  const found = FORBIDDEN.filter((key) => key in schema).map((key) => `${where}: ${key}`);
  if (typeof type !== 'string' || type === 'null') found.push(`${where}: type ${JSON.stringify(type)}`);
  if ((type === 'object' || properties !== undefined) && !named)
    found.push(`${where}: an object without a name`);
  if (type === 'integer' && !['int32', 'int64'].includes(String(schema.format))) {
    found.push(`${where}: integer without int32 or int64`);
  }
  if ('enum' in schema && (type !== 'string' || !isTexts(schema.enum)))
    found.push(`${where}: no string enum`);
  // The member Client would be the type Client of oapi-codegen.
  if (isTexts(schema.enum) && schema.enum.includes('client') && !('x-enum-varnames' in schema))
    found.push(`${where}: a member with the name of a type of a generator`);
  if (type === 'array') found.push(...schemaViolations(`${where}[]`, items, false));
  for (const [key, value] of Object.entries(isNode(properties) ? properties : {})) {
    found.push(...schemaViolations(`${where}.${key}`, value, false));
  }
  if (isNode(additionalProperties))
    found.push(...schemaViolations(`${where}.*`, additionalProperties, false));
  return found;
};

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');
