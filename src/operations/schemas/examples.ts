/** Values that the examples of several operations use. */

export const SESSION_ID = 'ses_mf3k2p1c_5w6gk7mzq2nxv4t3yh8rj0abcd';
export const SOCKET_ID = 'sck_mf3k2p1c_0c9d8e7f6g5h4j3k2m1n0pqrst';
export const RELAY_ID = 'rel_mf3k2p1c_7y6x5w4v3u2t7s6r5q4p3o2n1m';
export const FAULT_ID = 'flt_1';
export const ADDRESS = { family: 'AF_INET', address: '127.0.0.1', port: 8080 } as const;
export const LOCAL = { family: 'AF_INET', address: '127.0.0.1', port: 50_123 } as const;
