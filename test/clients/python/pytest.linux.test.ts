/** The tests of the Python client that are Python, but for those in pytest-frameworks.linux.test.ts. */
import { FRAMEWORKS, pytestTests, testFiles } from './pytest.js';

await pytestTests(testFiles().filter((file) => !FRAMEWORKS.includes(file)));
