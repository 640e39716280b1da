/** The tests of the Python client within frameworks: asyncio, pytest, Robot Framework. */
import { FRAMEWORKS, pytestTests } from './pytest.js';

await pytestTests(FRAMEWORKS);
