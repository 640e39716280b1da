import type { Chapter } from '../../operations/operation.js';
import { lessonSchema } from './lesson.js';
import { lessonOperations } from './lesson-calls.js';

/** The text of lessons/lesson.schema.json, with which an editor checks and completes lessons. */
export const lessonSchemaText = (chapters: readonly Chapter[]): string => {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Lesson',
    ...lessonSchema([...lessonOperations(chapters).keys()]),
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
};
