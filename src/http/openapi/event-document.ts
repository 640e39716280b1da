import { EVENT_SCHEMAS } from '../../operations/journal/event-schemas.js';
import type { JsonSchema } from '../schemas.js';
import { addComponent, type Components } from './schema-components.js';

/**
 * Adds what OpenAPI has no word for: the data of each event of a stream. The stream itself is a text to generators;
 * the types that they make of these components are what its lines hold.
 *
 * @returns references to them, by the names of the events
 */
export const addEvents = (components: Components): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    // A TypeBox schema is a JSON Schema object; its type only hides that its members can be listed.
    Object.entries(EVENT_SCHEMAS).map(([name, schema]) => [
      name,
      addComponent(components, name, { ...schema }),
    ]),
  );
