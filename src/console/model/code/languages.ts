import { curl } from './curl.js';
import { javascript } from './javascript.js';
import type { Language } from './language.js';
import { powershell } from './powershell.js';
import { python } from './python.js';

export type { Language } from './language.js';

/** The languages that calls are shown in, in the order of a list to choose from. */
export const LANGUAGES: readonly Language[] = [curl, python, powershell, javascript];
