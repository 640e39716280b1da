/** winsockd for pages in browsers. */
export * from '../core/exports.js';
export { Connection } from './connection.js';
export { Listener } from './listener.js';
export { Rig, type RigOptions, type Session } from './rig.js';
