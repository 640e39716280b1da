/** One lesson, run step by step. */
export const LessonView = ({ id }: { id: string }) => <h1>Lesson {id}</h1>;
