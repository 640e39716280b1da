import { WSA_ERRORS, WSA_NAMES } from '../../../src/winsock/errors.js';
import { OPTIONS } from '../../../src/winsock/options.js';

/** The module of the Python client that is written from the tables of the daemon, from the checkout's root. */
export const TABLES = 'clients/python/src/winsockd/winsock_tables.py';

/** Its text. */
export const winsockTables = (): string => `"""
The socket options of Winsock: level, the number of Windows, and the type of the value; and the names of the
codes. Written by \`node dist/test/clients/python/write-tables.js\` from the tables of the daemon.
"""

from typing import Mapping, NamedTuple


class WinsockOption(NamedTuple):
    """A socket option. type: BOOL, int, DWORD, LINGER, ip_mreq, ip_mreq_source or ipv6_mreq."""

    level: str
    number: int
    type: str


OPTIONS: Mapping[str, WinsockOption] = {
${options().join('\n')}
}

#: The names of the codes.
CODES: Mapping[int, str] = {
${codes().join('\n')}
}
`;

/** Without the options whose value is a structure that the client does not have. */
const options = (): readonly string[] =>
  Object.entries(OPTIONS)
    .filter(([, { type }]) => type !== 'WSAPROTOCOL_INFO')
    .map(([name, { level, id, type }]) => `    "${name}": WinsockOption("${level}", ${id}, "${type}"),`);

const codes = (): readonly string[] => WSA_NAMES.map((name) => `    ${WSA_ERRORS[name].code}: "${name}",`);
