import { loadConfig } from '../src/config/load.js';

/** The limits of config/default.json. */
export const DEFAULT_LIMITS = loadConfig({ env: {} }).config.limits;
