/**
 * Every Windows Sockets error code, one row for each: its name, kind, meaning and retry rule. Types, problem
 * documents, their catalog, OpenAPI and the documentation derive from this table.
 *
 * Source: https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2
 */

/**
 * The kind of failure.
 *
 * - `arguments`: a well-formed request with a value that Winsock refuses.
 * - `state`: the object is in the wrong state; do another call first.
 * - `busy`: the same call may succeed later.
 * - `handle`: the id names no usable object.
 * - `unsupported`: this socket or provider cannot do it.
 * - `permission`: refused by the system, or because an address is in exclusive use.
 * - `size`: larger than one message of the socket can be.
 * - `peer`: the far side or the path failed.
 * - `timeout`: the far side did not answer within the limit.
 * - `network`: the local network subsystem is not available now.
 * - `resources`: the host or the daemon has no free sockets, buffers or slots.
 * - `name`: name resolution found no answer.
 * - `cancelled`: another request ended this call.
 * - `fault`: no valid request causes it; a broken catalog or provider, or a bug of the daemon.
 * - `indication`: an outcome, not a failure; never becomes a problem document.
 */
export type WsaKind =
  | 'arguments'
  | 'state'
  | 'busy'
  | 'handle'
  | 'unsupported'
  | 'permission'
  | 'size'
  | 'peer'
  | 'timeout'
  | 'network'
  | 'resources'
  | 'name'
  | 'cancelled'
  | 'fault'
  | 'indication';

/** One row of the table. */
export interface WsaError {
  /** The number that WSAGetLastError returns, for example 10057. */
  readonly code: number;
  readonly kind: WsaKind;
  /** Whether the same call can succeed when repeated. */
  readonly retryable: boolean;
  /** The POSIX errno of the same meaning, if there is one. */
  readonly posixErrno: string | undefined;
  /** One sentence without a full stop; the title of the problem document. */
  readonly meaning: string;
}

const row = (
  code: number,
  kind: WsaKind,
  retryable: boolean,
  posixErrno: string | undefined,
  meaning: string,
): WsaError => Object.freeze({ code, kind, retryable, posixErrno, meaning });

// biome-ignore format: one row a code
const table = {
  WSA_INVALID_HANDLE: row(6, 'fault', false, 'EBADF', 'Event (or other kernel object) handle passed is not valid'),
  WSA_NOT_ENOUGH_MEMORY: row(8, 'resources', true, 'ENOMEM', 'The underlying Windows call ran out of memory'),
  WSA_INVALID_PARAMETER: row(87, 'arguments', false, 'EINVAL', 'The underlying Windows call rejected a parameter'),
  WSA_WAIT_TIMEOUT: row(258, 'timeout', true, 'ETIMEDOUT', 'The wait on event objects ended because its time limit passed'),
  WSA_OPERATION_ABORTED: row(995, 'cancelled', false, 'ECANCELED', 'A pending overlapped call was cancelled: socket closed, I/O cancelled, issuing thread ended or cleanup ran'),
  WSA_IO_INCOMPLETE: row(996, 'busy', true, 'EINPROGRESS', 'Result of an overlapped call asked for before it finished'),
  WSA_IO_PENDING: row(997, 'indication', true, 'EINPROGRESS', 'Overlapped call accepted; completion comes later'),
  WSAEINTR: row(10004, 'cancelled', false, 'EINTR', 'A blocking call was cancelled by another call'),
  WSAEBADF: row(10009, 'handle', false, 'EBADF', 'A file handle given is not valid'),
  WSAEACCES: row(10013, 'permission', false, 'EACCES', 'Access not allowed (broadcast without SO_BROADCAST, address held exclusively, raw socket without administrator rights, firewall/policy)'),
  WSAEFAULT: row(10014, 'arguments', false, 'EFAULT', 'A buffer or address argument is unusable: outside the process, too short, or too small for the result'),
  WSAEINVAL: row(10022, 'arguments', false, 'EINVAL', 'Argument invalid, or call not valid in the socket\'s present state (bind twice, listen before bind, accept before listen)'),
  WSAEMFILE: row(10024, 'resources', true, 'EMFILE', 'No more sockets can be opened (process or system limit)'),
  WSAEWOULDBLOCK: row(10035, 'busy', true, 'EWOULDBLOCK', 'Non-blocking call cannot finish at once; not a failure, wait for readiness'),
  WSAEINPROGRESS: row(10036, 'busy', true, 'EINPROGRESS', 'A blocking Winsock 1.1 call or a provider callback is still running'),
  WSAEALREADY: row(10037, 'busy', true, 'EALREADY', 'The non-blocking operation (connect) is already under way'),
  WSAENOTSOCK: row(10038, 'handle', false, 'ENOTSOCK', 'Value given does not designate a socket (wrong kind of handle, or one already closed)'),
  WSAEDESTADDRREQ: row(10039, 'arguments', false, 'EDESTADDRREQ', 'A destination address is needed and was not given'),
  WSAEMSGSIZE: row(10040, 'size', false, 'EMSGSIZE', 'Message larger than the transport allows, or datagram larger than the receive buffer (rest lost for UDP)'),
  WSAEPROTOTYPE: row(10041, 'arguments', false, 'EPROTOTYPE', 'Protocol does not fit the socket type'),
  WSAENOPROTOOPT: row(10042, 'unsupported', false, 'ENOPROTOOPT', 'Option, level or disconnect data not supported by the protocol/provider'),
  WSAEPROTONOSUPPORT: row(10043, 'unsupported', false, 'EPROTONOSUPPORT', 'Protocol not installed/implemented (also: caller data given to a provider without connect data)'),
  WSAESOCKTNOSUPPORT: row(10044, 'unsupported', false, 'ESOCKTNOSUPPORT', 'Socket type not supported in this family'),
  WSAEOPNOTSUPP: row(10045, 'unsupported', false, 'EOPNOTSUPP', 'Operation not possible on this kind of socket (listen on a datagram socket, OOB where absent)'),
  WSAEPFNOSUPPORT: row(10046, 'unsupported', false, 'EPFNOSUPPORT', 'Protocol family not present'),
  WSAEAFNOSUPPORT: row(10047, 'unsupported', false, 'EAFNOSUPPORT', 'Address family cannot be used with the protocol or socket'),
  WSAEADDRINUSE: row(10048, 'state', false, 'EADDRINUSE', 'Local address/port already used'),
  WSAEADDRNOTAVAIL: row(10049, 'arguments', false, 'EADDRNOTAVAIL', 'Address not valid here: not local for bind, zero/unusable for connect'),
  WSAENETDOWN: row(10050, 'network', true, 'ENETDOWN', 'Network subsystem or local interface not working'),
  WSAENETUNREACH: row(10051, 'peer', true, 'ENETUNREACH', 'No route to the network'),
  WSAENETRESET: row(10052, 'peer', false, 'ENETRESET', 'Connection broken because keep-alive failed (datagram: TTL expired)'),
  WSAECONNABORTED: row(10053, 'peer', false, 'ECONNABORTED', 'Local stack ended the connection (timeout, protocol error); socket no longer usable'),
  WSAECONNRESET: row(10054, 'peer', false, 'ECONNRESET', 'Peer reset the connection (UDP: earlier send drew ICMP port unreachable)'),
  WSAENOBUFS: row(10055, 'resources', true, 'ENOBUFS', 'Not enough buffer space or full queue (also ephemeral ports used up)'),
  WSAEISCONN: row(10056, 'state', false, 'EISCONN', 'Socket already connected'),
  WSAENOTCONN: row(10057, 'state', false, 'ENOTCONN', 'Socket not connected (or no destination given for an unconnected datagram socket)'),
  WSAESHUTDOWN: row(10058, 'state', false, 'ESHUTDOWN', 'That direction was shut down earlier'),
  WSAETOOMANYREFS: row(10059, 'resources', true, 'ETOOMANYREFS', 'Too many references to a kernel object'),
  WSAETIMEDOUT: row(10060, 'timeout', true, 'ETIMEDOUT', 'No answer from the peer in time, or connection died silently'),
  WSAECONNREFUSED: row(10061, 'peer', true, 'ECONNREFUSED', 'Peer actively refused: nothing listens there, queue full or accept rejected'),
  WSAELOOP: row(10062, 'arguments', false, 'ELOOP', 'Name cannot be translated (loop)'),
  WSAENAMETOOLONG: row(10063, 'arguments', false, 'ENAMETOOLONG', 'Name or name component too long'),
  WSAEHOSTDOWN: row(10064, 'peer', true, 'EHOSTDOWN', 'Target host is down'),
  WSAEHOSTUNREACH: row(10065, 'peer', true, 'EHOSTUNREACH', 'No route to the host'),
  WSAENOTEMPTY: row(10066, 'state', false, 'ENOTEMPTY', 'Directory not empty (not used by sockets)'),
  WSAEPROCLIM: row(10067, 'resources', true, undefined, 'Implementation limit on simultaneous Winsock processes reached'),
  WSAEUSERS: row(10068, 'resources', true, 'EUSERS', 'User quota exhausted'),
  WSAEDQUOT: row(10069, 'resources', true, 'EDQUOT', 'Disk quota exhausted (not used by sockets)'),
  WSAESTALE: row(10070, 'handle', false, 'ESTALE', 'File handle reference no longer available'),
  WSAEREMOTE: row(10071, 'arguments', false, 'EREMOTE', 'Object lives on another machine (not used by sockets)'),
  WSASYSNOTREADY: row(10091, 'network', true, undefined, 'Network subsystem below Winsock is not ready yet'),
  WSAVERNOTSUPPORTED: row(10092, 'arguments', false, undefined, 'Requested Winsock version not offered'),
  WSANOTINITIALISED: row(10093, 'state', false, undefined, 'No successful WSAStartup in force (or one cleanup too many)'),
  WSAEDISCON: row(10101, 'indication', false, undefined, 'Peer began an orderly close (message-oriented receive)'),
  WSAENOMORE: row(10102, 'indication', false, undefined, 'No more results from the lookup enumeration (old value)'),
  WSAECANCELLED: row(10103, 'cancelled', false, 'ECANCELED', 'Lookup was cancelled while running (old value)'),
  WSAEINVALIDPROCTABLE: row(10104, 'fault', false, undefined, 'Provider\'s procedure table is broken'),
  WSAEINVALIDPROVIDER: row(10105, 'fault', false, undefined, 'Provider invalid or of a wrong version'),
  WSAEPROVIDERFAILEDINIT: row(10106, 'fault', false, undefined, 'Loading the provider DLL or its start-up call failed'),
  WSASYSCALLFAILURE: row(10107, 'fault', false, undefined, 'A system call that should not fail did fail'),
  WSASERVICE_NOT_FOUND: row(10108, 'name', false, undefined, 'Named service unknown in the name space'),
  WSATYPE_NOT_FOUND: row(10109, 'name', false, undefined, 'Service class/type unknown (service name for the socket type)'),
  WSA_E_NO_MORE: row(10110, 'indication', false, undefined, 'No more results from the lookup enumeration'),
  WSA_E_CANCELLED: row(10111, 'cancelled', false, 'ECANCELED', 'Lookup cancelled by an end call while running'),
  WSAEREFUSED: row(10112, 'peer', false, undefined, 'Name-space provider declined to answer the lookup'),
  WSAHOST_NOT_FOUND: row(11001, 'name', false, undefined, 'Host name does not exist (authoritative or none found)'),
  WSATRY_AGAIN: row(11002, 'network', true, 'EAGAIN', 'Temporary resolver failure; also accept deferred'),
  WSANO_RECOVERY: row(11003, 'peer', false, undefined, 'Resolver failed and cannot recover (bad answer, server refused)'),
  WSANO_DATA: row(11004, 'name', false, undefined, 'Name exists but has no record of the asked type'),
  WSA_QOS_RECEIVERS: row(11005, 'indication', false, undefined, 'Event: a receiver\'s QoS reservation came in'),
  WSA_QOS_SENDERS: row(11006, 'indication', false, undefined, 'Event: a QoS path message came in'),
  WSA_QOS_NO_SENDERS: row(11007, 'state', false, undefined, 'QoS session lacks any sender'),
  WSA_QOS_NO_RECEIVERS: row(11008, 'state', false, undefined, 'QoS session lacks any receiver'),
  WSA_QOS_REQUEST_CONFIRMED: row(11009, 'indication', false, undefined, 'Event: QoS reserve confirmed'),
  WSA_QOS_ADMISSION_FAILURE: row(11010, 'resources', true, undefined, 'QoS refused for lack of network resources'),
  WSA_QOS_POLICY_FAILURE: row(11011, 'permission', false, undefined, 'QoS refused by policy or credentials'),
  WSA_QOS_BAD_STYLE: row(11012, 'arguments', false, undefined, 'QoS style unknown or conflicting'),
  WSA_QOS_BAD_OBJECT: row(11013, 'arguments', false, undefined, 'Some part of the filter spec or provider buffer is faulty'),
  WSA_QOS_TRAFFIC_CTRL_ERROR: row(11014, 'arguments', false, undefined, 'Traffic control rejected part of the flow spec'),
  WSA_QOS_GENERIC_ERROR: row(11015, 'fault', false, undefined, 'Unspecific QoS failure'),
  WSA_QOS_ESERVICETYPE: row(11016, 'arguments', false, undefined, 'Service type in the flow spec invalid'),
  WSA_QOS_EFLOWSPEC: row(11017, 'arguments', false, undefined, 'Flow spec invalid'),
  WSA_QOS_EPROVSPECBUF: row(11018, 'arguments', false, undefined, 'QoS provider-specific buffer invalid'),
  WSA_QOS_EFILTERSTYLE: row(11019, 'arguments', false, undefined, 'Filter style invalid'),
  WSA_QOS_EFILTERTYPE: row(11020, 'arguments', false, undefined, 'Filter type invalid'),
  WSA_QOS_EFILTERCOUNT: row(11021, 'arguments', false, undefined, 'Number of filter specs wrong'),
  WSA_QOS_EOBJLENGTH: row(11022, 'arguments', false, undefined, 'Object length in the provider buffer wrong'),
  WSA_QOS_EFLOWCOUNT: row(11023, 'arguments', false, undefined, 'Number of flow descriptors wrong'),
  WSA_QOS_EUNKOWNPSOBJ: row(11024, 'arguments', false, undefined, 'Unknown object in the provider buffer (the header spells it without the second N)'),
  WSA_QOS_EPOLICYOBJ: row(11025, 'arguments', false, undefined, 'Policy object invalid'),
  WSA_QOS_EFLOWDESC: row(11026, 'arguments', false, undefined, 'Flow descriptor in the list invalid'),
  WSA_QOS_EPSFLOWSPEC: row(11027, 'arguments', false, undefined, 'Flow spec inside the provider buffer inconsistent'),
  WSA_QOS_EPSFILTERSPEC: row(11028, 'arguments', false, undefined, 'Filter spec inside the provider buffer invalid'),
  WSA_QOS_ESDMODEOBJ: row(11029, 'arguments', false, undefined, 'Shape/discard mode object invalid'),
  WSA_QOS_ESHAPERATEOBJ: row(11030, 'arguments', false, undefined, 'Shaping rate object invalid'),
  WSA_QOS_RESERVED_PETYPE: row(11031, 'arguments', false, undefined, 'Reserved policy element type in the provider buffer'),
};

/** The symbolic name of a Windows Sockets error, for example `WSAENOTCONN`. */
export type WsaName = keyof typeof table;

/** The table, by name. */
export const WSA_ERRORS: Readonly<Record<WsaName, WsaError>> = Object.freeze(table);

/** Every name, in the order of the codes. */
export const WSA_NAMES: readonly WsaName[] = Object.freeze(
  // Object.keys gives string[]; the keys of this frozen object are exactly WsaName.
  Object.keys(table) as WsaName[],
);

const namesByCode: ReadonlyMap<number, WsaName> = new Map(
  WSA_NAMES.map((name) => [WSA_ERRORS[name].code, name]),
);

/** The name of a code; undefined for a number outside the table. */
export const wsaNameOf = (code: number): WsaName | undefined => namesByCode.get(code);

/** Whether a text is a name in the table. */
export const isWsaName = (text: string): text is WsaName => Object.hasOwn(table, text);

/** Whether the code can become a problem document; outcomes such as WSAEDISCON cannot. */
export const canBeProblem = (name: WsaName): boolean => WSA_ERRORS[name].kind !== 'indication';
