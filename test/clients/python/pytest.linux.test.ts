/** The tests of the Python client itself, which are Python. */
import { pytestTests, testFiles } from './pytest.js';

await pytestTests(testFiles());
