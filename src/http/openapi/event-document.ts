import { EVENT_SCHEMAS } from '../../operations/journal/event-schemas.js';
import type { JsonSchema } from '../schemas.js';
import { addComponent, type Components } from './schema-components.js';

/**
 * What OpenAPI has no word for: the data of each event of a stream, by its name. The stream itself is a text to
 * generators; the types that they make of these components are what its lines hold.
 */
export interface EventDocument {
  /** References by the names of the events. */
  readonly data: Readonly<Record<string, JsonSchema>>;
  readonly schemas: Readonly<Record<string, JsonSchema>>;
}

/** Describes every event that there is. */
export const eventDocument = (): EventDocument => {
  const components: Components = new Map();
  const data = Object.fromEntries(
    // A TypeBox schema is a JSON Schema object; its type only hides that its members can be listed.
    Object.entries(EVENT_SCHEMAS).map(([name, schema]) => [
      name,
      addComponent(components, name, { ...schema }),
    ]),
  );
  return { data, schemas: Object.fromEntries(components) };
};
