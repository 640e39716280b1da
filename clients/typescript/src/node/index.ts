/** winsockd for Node. */
export * from '../core/exports.js';
export { Connection } from './connection.js';
export { Listener } from './listener.js';
export { type ConnectionTarget, Rig, type RigOptions, type Session } from './rig.js';
