import { join } from 'node:path';
import { CHECKOUT } from '../../project/checkout.js';
import { type PythonEnvironment, pythonEnvironment } from '../../python-environment.js';
import * as user from '../user.js';

/** The folder of the package. */
export const CLIENT = join(CHECKOUT, 'clients', 'python');

/** The Python with the packages that the client's tests need. */
export const environment = (): Promise<PythonEnvironment> =>
  pythonEnvironment('python-client', join(CLIENT, 'tests', 'requirements.txt'));

/** The environment of a user without settings, in which Python leaves no compiled files among the sources. */
export const userEnv = (home: string, more: user.Env = {}): user.Env =>
  user.userEnv(home, { PYTHONDONTWRITEBYTECODE: '1', ...more });
