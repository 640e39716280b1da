import { EVENT_SCHEMAS } from '../../operations/journal/event-schemas.js';
import type { JsonSchema } from '../schemas.js';
import { addComponent, type Components } from './schema-components.js';

/**
 * Adds the schema of the data of each event as a component, since OpenAPI cannot describe the events of a
 * stream. Generators treat the stream as text, but make types of these components.
 *
 * @returns references to them, by the names of the events
 */
export const addEvents = (components: Components): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    // A TypeBox schema is a JSON Schema object, but its type does not allow its members to be listed.
    Object.entries(EVENT_SCHEMAS).map(([name, schema]) => [
      name,
      addComponent(components, name, { ...schema }),
    ]),
  );
