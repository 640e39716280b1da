/** The lessons that this daemon has. */
export const LessonsView = () => <h1>Lessons</h1>;
