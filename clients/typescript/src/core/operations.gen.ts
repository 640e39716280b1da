/** Written by `node dist/test/clients/typescript/write-types.js` from the documents in openapi/. */
export interface components {
    schemas: {
        /** @description Every operation of the daemon, by its name. */
        readonly Operations: {
            /**
             * @description Begin a session, or count one more start-up of it
             *
             *     A session stands for a Winsock process: it owns sockets, a start-up count and a last error. With
             *     `sessionId` the start-up counts for that session, also after its last cleanup. `created` says whether
             *     the session is new, `startupCount` how many start-ups have no cleanup yet. Versions are negotiated as
             *     in WSAStartup: between two known versions the lower one, above 2.2 always 2.2. A session of version 1.x
             *     has one blocking call at a time.
             *
             *     Winsock: WSAStartup.
             */
            readonly startup: {
                readonly params: {
                    /** @description Winsock version wanted, `major.minor`; 2.2 without it. */
                    readonly version?: string;
                    /**
                     * Format: int32
                     * @description How long the session lives unused, in seconds; limits.leaseSeconds (60) without it.
                     */
                    readonly leaseSeconds?: number;
                    readonly sessionId?: string;
                    /** @description Name of a lab network to share with other sessions of the same owner. */
                    readonly labNetwork?: string;
                    /** @description Over a WebSocket: the session ends when that closes; if that is lost, its connections are reset. */
                    readonly endWithConnection?: boolean;
                    /** @description Faults to arm for the session, see armFault. */
                    readonly faults?: readonly FaultRule[];
                };
                readonly result: StartupResult;
            };
            /**
             * @description The sessions of the owner
             *
             *     Every live session that the owner of the token began, the oldest first.
             */
            readonly listSessions: {
                readonly params: {
                    /**
                     * Format: int32
                     * @description Most entries in one answer; 100 without it.
                     */
                    readonly limit?: number;
                    /** @description nextCursor of the page before, of the same list. */
                    readonly cursor?: string;
                };
                readonly result: SessionList;
            };
            /**
             * @description Begin the lease anew
             *
             *     Every call of a session renews its lease; this one does nothing else.
             */
            readonly renewSession: {
                readonly params: {
                    readonly sessionId: string;
                    /**
                     * Format: int32
                     * @description Another length of the lease, in seconds.
                     */
                    readonly leaseSeconds?: number;
                };
                readonly result: SessionInfo;
            };
            /**
             * @description The protocol catalog
             *
             *     The entries of every provider, those of the default provider first. Disconnect data can be sent on
             *     sockets whose entry has XP1_DISCONNECT_DATA: the lab has such entries, TCP/IP never has.
             *     XP1_IFS_HANDLES is not set on posix, where a socket is no handle of Windows.
             *
             *     Winsock: WSAEnumProtocols.
             */
            readonly enumProtocols: {
                readonly params: {
                    readonly sessionId: string;
                };
                readonly result: ProtocolList;
            };
            /**
             * @description Set the last error
             *
             *     What getLastError answers until the next call fails.
             *
             *     Winsock: WSASetLastError.
             */
            readonly setLastError: {
                readonly params: {
                    readonly sessionId: string;
                    /**
                     * Format: int32
                     * @description Any number.
                     */
                    readonly code: number;
                };
                readonly result: LastError;
            };
            /**
             * @description The code of the last failed call
             *
             *     Every problem document has its code, too. A call that succeeds does not change it.
             *
             *     Winsock: WSAGetLastError.
             */
            readonly getLastError: {
                readonly params: {
                    readonly sessionId: string;
                };
                readonly result: LastError;
            };
            /**
             * @description One session
             *
             *     Reading a session counts as use: its lease begins anew.
             */
            readonly getSession: {
                readonly params: {
                    readonly sessionId: string;
                };
                readonly result: SessionInfo;
            };
            /**
             * @description Open a socket
             *
             *     Takes the first catalog entry that fits, as WSASocket does: by `family`, `type` and `protocol` (absent
             *     ones fit any), by `provider`, or one entry by `catalogEntryId`. `provider: "lab"` without a protocol
             *     opens the lab's default stream, which carries disconnect data. Sockets are blocking until ioctl
             *     FIONBIO. AF_UNIX is SOCK_STREAM only, where the system has it, and opened only on request. Raw sockets
             *     are never opened: WSAESOCKTNOSUPPORT, or `socket-denied` if the catalog has them. With `capture` its
             *     journal, and those of the sockets that it accepts, keep the first bytes of every send and receive.
             *
             *     Winsock: WSASocket, socket.
             */
            readonly socket: {
                readonly params: {
                    readonly sessionId: string;
                    readonly family?: AddressFamily;
                    readonly type?: SocketType;
                    readonly protocol?: Protocol;
                    readonly provider?: ProviderName;
                    /**
                     * Format: int64
                     * @description Only this entry.
                     */
                    readonly catalogEntryId?: number;
                    /** @description Faults to arm for the new socket, see armFault. */
                    readonly faults?: readonly FaultRule[];
                    readonly capture?: Capture;
                };
                readonly result: SocketResult;
            };
            /**
             * @description The sockets of a session
             *
             *     Every socket that is not closed, the oldest first.
             */
            readonly listSockets: {
                readonly params: {
                    readonly sessionId: string;
                    /**
                     * Format: int32
                     * @description Most entries in one answer; 100 without it.
                     */
                    readonly limit?: number;
                    /** @description nextCursor of the page before, of the same list. */
                    readonly cursor?: string;
                };
                readonly result: SocketList;
            };
            /**
             * @description One socket
             *
             *     Its state, what is shut down, its addresses.
             */
            readonly getSocket: {
                readonly params: {
                    readonly socketId: string;
                };
                readonly result: SocketInfo;
            };
            /**
             * @description Give the socket a local address
             *
             *     With port 0 the stack chooses; the answer has the port. A socket is bound once. The bind to a path of
             *     AF_UNIX makes a file, which stays when the socket is closed: another bind to it is WSAEADDRINUSE until
             *     somebody removes the file.
             *
             *     Winsock: bind.
             */
            readonly bind: {
                readonly params: {
                    readonly socketId: string;
                    readonly address: SocketAddress;
                };
                readonly result: BindResult;
            };
            /**
             * @description The local address
             *
             *     WSAEINVAL while the socket is not bound.
             *
             *     Winsock: getsockname.
             */
            readonly getSockName: {
                readonly params: {
                    readonly socketId: string;
                };
                readonly result: AddressResult;
            };
            /**
             * @description Wait for connections
             *
             *     The socket must be bound. On a listener it changes nothing.
             *
             *     Winsock: listen.
             */
            readonly listen: {
                readonly params: {
                    readonly socketId: string;
                    /**
                     * Format: int32
                     * @description Most queued connections; without it (SOMAXCONN) the provider chooses. SOMAXCONN_HINT(n) is -n.
                     */
                    readonly backlog?: number;
                };
                readonly result: ListenResult;
            };
            /**
             * @description Connect to an address
             *
             *     Waits until the connection is established or has failed. A limit ends the wait, not the attempt: the
             *     state stays `connecting`, a connect to the same address waits on, to another one it is WSAEALREADY;
             *     only close ends the attempt. In non-blocking mode the answer is WSAEWOULDBLOCK, and the state, select,
             *     FD_CONNECT and SO_ERROR show the result, as they do after a wait has ended; a repeated connect is
             *     WSAEALREADY meanwhile, then WSAEISCONN, or another try. Until a connect succeeds, a failure stays an
             *     exception of select and POLLERR of poll, and a non-blocking one stays in SO_ERROR. On a datagram socket
             *     connect sets the default peer, at once, also with port 0, against the list of codes (WSAEADDRNOTAVAIL);
             *     the zero address removes the peer. A path of AF_UNIX without a listener, or whose listener has a full
             *     queue, is WSAECONNREFUSED, whether or not the file exists. `callerData` needs an entry with
             *     XP1_CONNECT_DATA.
             *
             *     Winsock: connect, WSAConnect.
             */
            readonly connect: {
                readonly params: {
                    readonly socketId: string;
                    readonly address: SocketAddress;
                    readonly callerData?: Buffer;
                    /**
                     * Format: int32
                     * @description Most milliseconds to wait; without it the daemon's limit.
                     */
                    readonly timeoutMs?: number;
                };
                readonly result: ConnectResult;
            };
            /**
             * @description Show the next connection of a listener, then accept, reject or defer it
             *
             *     The condition function of WSAAccept in separate steps. CF_DEFER waits for an offer and answers its
             *     `offerId`, as a success, where WSAAccept fails with WSATRY_AGAIN; the offer stays first. CF_ACCEPT
             *     takes it as accept does, CF_REJECT rejects it. With `offerId` they decide only if it is still the first
             *     offer, else WSAEACCES; without it they decide about the first offer.
             *
             *     With SO_CONDITIONAL_ACCEPT set before listen, a caller on the lab and on ws2_32 waits for the decision,
             *     and a rejection is WSAECONNREFUSED for it (its system may call again by itself: another offer). On the
             *     lab `disconnectData` goes with the rejection; recvDisconnect fetches it. If the caller's connect has
             *     ended already (without the option, and always on posix, whose system completes connections itself, and
             *     under Wine, which lacks the option), a rejection resets the connection: the caller gets WSAECONNRESET.
             *
             *     Winsock: WSAAccept.
             */
            readonly conditionalAccept: {
                readonly params: {
                    readonly socketId: string;
                    readonly condition: AcceptCondition;
                    /** @description Only if this is still the first offer. */
                    readonly offerId?: string;
                    readonly calleeData?: Buffer;
                    readonly disconnectData?: Buffer;
                    /**
                     * Format: int32
                     * @description Most milliseconds to wait; without it the daemon's limit.
                     */
                    readonly timeoutMs?: number;
                };
                readonly result: ConditionalAcceptResult;
            };
            /**
             * @description Take the next connection of a listener
             *
             *     Waits for a connection unless one is queued. The new socket belongs to the session of the listener, is
             *     connected, and inherits the listener's properties and blocking mode. If the answer cannot be delivered,
             *     the connection goes back to the front of the queue. Entries with XP1_CONNECT_DATA show the caller's
             *     connect data and can answer with `calleeData`.
             *
             *     Winsock: accept, WSAAccept.
             */
            readonly accept: {
                readonly params: {
                    readonly socketId: string;
                    /**
                     * Format: int32
                     * @description Most milliseconds to wait; without it the daemon's limit.
                     */
                    readonly timeoutMs?: number;
                    readonly calleeData?: Buffer;
                };
                readonly result: AcceptResult;
            };
            /**
             * @description The address of the peer
             *
             *     WSAENOTCONN while the socket has none.
             *
             *     Winsock: getpeername.
             */
            readonly getPeerName: {
                readonly params: {
                    readonly socketId: string;
                };
                readonly result: AddressResult;
            };
            /**
             * @description A second id of the same socket
             *
             *     Makes a second id with a handle of its own, in this session or in another one of the same owner. The
             *     ids share the connection, its options, what is shut down and the selection of network events. Each id
             *     has its own blocking mode, time limits and waiting calls; the new one begins blocking. Closing an id
             *     leaves the others and the selection; the connection ends with the last id, and only there SO_LINGER
             *     counts. The duplicate of a socket that is bound later can receive as well.
             *
             *     Winsock: WSADuplicateSocket.
             */
            readonly duplicate: {
                readonly params: {
                    readonly socketId: string;
                    readonly sessionId?: string;
                };
                readonly result: DuplicateResult;
            };
            /**
             * @description Send on a connection
             *
             *     Waits until the stack has taken every byte. If something ends the wait after some bytes were taken (a
             *     limit, cancel, sendDisconnect, close), the answer is 200 with their number. In non-blocking mode Linux
             *     may take a part; Windows and the lab take a send whole, or it is WSAEWOULDBLOCK. `buffers` in place of
             *     `data` gathers.
             *
             *     Winsock: WSASend, send.
             */
            readonly send: {
                readonly params: {
                    readonly socketId: string;
                    readonly data?: Buffer;
                    /** @description In place of data: several buffers, sent in a row as one (scatter/gather). */
                    readonly buffers?: readonly Buffer[];
                    readonly flags?: readonly SendFlag[];
                    /**
                     * Format: int32
                     * @description Most milliseconds to wait; without it the daemon's limit.
                     */
                    readonly timeoutMs?: number;
                };
                readonly result: SendResult;
            };
            /**
             * @description Receive from a connection
             *
             *     Takes what has arrived, at most `maxBytes`, or waits for it. `eof`: the peer has stopped sending, and
             *     every byte was read. If the answer cannot be delivered, the bytes go back to the front of the socket.
             *     `buffers` in place of `maxBytes` scatters: the result has `buffers` too. With MSG_WAITALL it waits for
             *     all of `maxBytes`; if something ends it after some bytes, these are the answer. Without room
             *     (`maxBytes` 0, `buffers` of length 0) it waits for bytes of a stream and takes none, but takes a
             *     datagram, whose bytes are lost; no buffer at all is WSAEINVAL.
             *
             *     Winsock: WSARecv, recv.
             */
            readonly recv: {
                readonly params: {
                    readonly socketId: string;
                    /**
                     * Format: int32
                     * @description Most bytes to take; 65,536 without it.
                     */
                    readonly maxBytes?: number;
                    /** @description In place of maxBytes: the lengths of several buffers, filled in a row (scatter/gather). */
                    readonly buffers?: readonly number[];
                    readonly flags?: readonly RecvFlag[];
                    readonly as?: ReceivedAs;
                    /**
                     * Format: int32
                     * @description Most milliseconds to wait; without it the daemon's limit.
                     */
                    readonly timeoutMs?: number;
                };
                readonly result: RecvResult;
            };
            /**
             * @description Send a datagram to an address
             *
             *     Binds a socket that is not bound yet; to loopback if the destination is loopback and the bind policy
             *     does not allow the wildcard address. On a connected stream the address is ignored. A datagram to port 0
             *     is sent as any other, against the list of codes, and not received. `buffers` in place of `data`
             *     gathers: one datagram of all of them.
             *
             *     Winsock: WSASendTo, sendto.
             */
            readonly sendTo: {
                readonly params: {
                    readonly socketId: string;
                    readonly address: SocketAddress;
                    readonly data?: Buffer;
                    /** @description In place of data: several buffers, sent in a row as one (scatter/gather). */
                    readonly buffers?: readonly Buffer[];
                    readonly flags?: readonly SendFlag[];
                    /**
                     * Format: int32
                     * @description Most milliseconds to wait; without it the daemon's limit.
                     */
                    readonly timeoutMs?: number;
                };
                readonly result: SendResult;
            };
            /**
             * @description Receive a datagram and its sender
             *
             *     As recv; `address` is the sender of a datagram, and absent on streams. For every datagram of this
             *     socket that found no receiver at its port, one receive is WSAECONNRESET, until ioctl SIO_UDP_CONNRESET
             *     turns that off; for one that was under way too long it is WSAENETRESET. Sends do not answer either
             *     code.
             *
             *     Winsock: WSARecvFrom, recvfrom.
             */
            readonly recvFrom: {
                readonly params: {
                    readonly socketId: string;
                    /**
                     * Format: int32
                     * @description Most bytes to take; 65,536 without it.
                     */
                    readonly maxBytes?: number;
                    /** @description In place of maxBytes: the lengths of several buffers, filled in a row (scatter/gather). */
                    readonly buffers?: readonly number[];
                    readonly flags?: readonly RecvFlag[];
                    readonly as?: ReceivedAs;
                    /**
                     * Format: int32
                     * @description Most milliseconds to wait; without it the daemon's limit.
                     */
                    readonly timeoutMs?: number;
                };
                readonly result: RecvFromResult;
            };
            /**
             * @description Send a datagram with control data
             *
             *     As sendTo, or without `address` as send, for datagram sockets: on a stream it is WSAEINVAL. `control`
             *     is for this datagram alone: its source and the interface that it leaves by, its TTL, TOS and ECN.
             *     policy.bind.allow must allow the source (the wildcard address, if only an interface is given) with any
             *     port. Control data that does not fit the datagram is WSAEINVAL: a type of another IP version than its
             *     destination, a value out of range, a source that is not this host, IP_ECN of 3, which only routers set.
             *
             *     Winsock: WSASendMsg.
             */
            readonly sendMsg: {
                readonly params: {
                    readonly socketId: string;
                    readonly data?: Buffer;
                    /** @description In place of data: several buffers, sent in a row as one (scatter/gather). */
                    readonly buffers?: readonly Buffer[];
                    readonly address?: SocketAddress;
                    /** @description Its control data. */
                    readonly control?: readonly ControlMessage[];
                    readonly flags?: readonly SendFlag[];
                    /**
                     * Format: int32
                     * @description Most milliseconds to wait; without it the daemon's limit.
                     */
                    readonly timeoutMs?: number;
                };
                readonly result: SendResult;
            };
            /**
             * @description Receive a datagram with control data
             *
             *     As recvFrom, for datagram sockets: on a stream it is WSAEINVAL. `control` has the control data of the
             *     options that are on: IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, IP_RECVECN and IP_ORIGINAL_ARRIVAL_IF,
             *     IPV6_PKTINFO, IPV6_HOPLIMIT, IPV6_RECVTCLASS and IPV6_RECVECN. Where Windows answers WSAEMSGSIZE, with
             *     the buffers filled, the answer is 200 with `truncated`, `controlTruncated` or both. A datagram that
             *     another receive took and did not deliver still has its control data if one of these options was on.
             *
             *     Winsock: WSARecvMsg.
             */
            readonly recvMsg: {
                readonly params: {
                    readonly socketId: string;
                    /**
                     * Format: int32
                     * @description Most bytes to take; 65,536 without it.
                     */
                    readonly maxBytes?: number;
                    /** @description In place of maxBytes: the lengths of several buffers, filled in a row (scatter/gather). */
                    readonly buffers?: readonly number[];
                    readonly flags?: readonly RecvMsgFlag[];
                    readonly as?: ReceivedAs;
                    /**
                     * Format: int32
                     * @description Most milliseconds to wait; without it the daemon's limit.
                     */
                    readonly timeoutMs?: number;
                    /**
                     * Format: int32
                     * @description WSAMSG.Control.len: room for WSACMSGHDRs of 64-bit Windows; 1024 without it.
                     */
                    readonly controlBytes?: number;
                };
                readonly result: RecvMsgResult;
            };
            /**
             * @description Which of many sockets are ready
             *
             *     Waits until at least one socket is ready as its set asks. `read`: recv or accept would not wait (bytes,
             *     a connection, the end, a reset). `write`: send would not wait; the connection is established. `except`:
             *     urgent data waits, or the connect failed and none has succeeded since. The answer has the ready ids in
             *     the order given; at the limit of the client or the daemon, three empty sets. Sockets of several
             *     providers may be mixed. A socket that another call closes meanwhile ends the wait, as on Windows: a
             *     socket of `read` is the only ready one; one of `except` only is WSAENOTSOCK. What Windows does for one
             *     of `write` only is not known; it is treated like `except`.
             *
             *     Winsock: select.
             */
            readonly select: {
                readonly params: {
                    readonly sessionId: string;
                    /** @description Sockets to be readable. */
                    readonly read?: readonly string[];
                    /** @description Sockets to be writable. */
                    readonly write?: readonly string[];
                    /** @description Sockets to have urgent data, or a connect that failed. */
                    readonly except?: readonly string[];
                    /**
                     * Format: int32
                     * @description Most milliseconds to wait; without it the daemon's limit.
                     */
                    readonly timeoutMs?: number;
                };
                readonly result: SelectResult;
            };
            /**
             * @description Which of many sockets are ready, by flags
             *
             *     Waits until one of the sockets is ready. POLLERR, POLLHUP and POLLNVAL are reported unasked: POLLHUP is
             *     the peer's end, POLLERR a reset or a failed connect. An id that names no live socket of the session is
             *     POLLNVAL: a socket that is closed during the call ends the wait and counts in `ready`; an id that named
             *     none before does neither. Answers have the single names: POLLRDNORM and POLLRDBAND for POLLIN,
             *     POLLWRNORM for POLLOUT. When the limit comes, `ready` is 0.
             *
             *     Winsock: WSAPoll.
             */
            readonly poll: {
                readonly params: {
                    readonly sessionId: string;
                    /** @description The sockets. */
                    readonly sockets: readonly PollSocket[];
                    /**
                     * Format: int32
                     * @description Most milliseconds to wait; without it the daemon's limit.
                     */
                    readonly timeoutMs?: number;
                };
                readonly result: PollResult;
            };
            /**
             * @description Choose the network events that are recorded
             *
             *     From now on the chosen events are recorded for enumNetworkEvents. Replaces the selection before, and
             *     discards what was recorded for it; an empty array ends the selection. Makes the socket non-blocking,
             *     and it stays so: ioctl FIONBIO 0 is WSAEINVAL before the selection has ended. Accepted sockets begin
             *     with the selection of their listener; duplicated ids share one. A datagram socket records nothing
             *     before it is bound.
             *
             *     Winsock: WSAEventSelect.
             */
            readonly eventSelect: {
                readonly params: {
                    readonly socketId: string;
                    /** @description The events; empty ends the selection. */
                    readonly events: readonly NetworkEventName[];
                };
                readonly result: EventSelectResult;
            };
            /**
             * @description Wait for network events, and fetch them
             *
             *     Stands for WSAWaitForMultipleEvents and WSAEnumNetworkEvents: waits until an event is recorded, also on
             *     a non-blocking socket, then copies and clears the record in one step. `events` is empty when the limit
             *     comes, and at once if no events are selected. If the answer cannot be delivered, the record is
             *     restored.
             *
             *     Each event is recorded once, and again only after the call that enables it: FD_READ and FD_OOB after
             *     recv, FD_ACCEPT after accept, FD_WRITE after a send that answered WSAEWOULDBLOCK. On a stream FD_READ
             *     is also recorded when more arrives, and FD_ACCEPT for each further connection, even if none was
             *     accepted: Windows does so, against its page (AF_UNIX on Linux does not, as it does not count
             *     connections). FD_CONNECT and FD_CLOSE are recorded once for each connection. FD_CLOSE says that the
             *     peer has ended; bytes may be left to read. If the connection was lost, its code is WSAECONNABORTED,
             *     whatever recv answers.
             *
             *     Winsock: WSAEnumNetworkEvents, WSAWaitForMultipleEvents.
             */
            readonly enumNetworkEvents: {
                readonly params: {
                    readonly socketId: string;
                    /**
                     * Format: int32
                     * @description Most milliseconds to wait; without it the daemon's limit.
                     */
                    readonly timeoutMs?: number;
                };
                readonly result: EnumNetworkEventsResult;
            };
            /**
             * @description Set a socket option
             *
             *     By name, with the member of `value` that the type of the option needs. An option that joins a multicast
             *     group listens there, so policy.bind.allow must have an entry for the address of the group, for any
             *     port. Sending to a group or a broadcast address needs an entry of policy.connect.allow, as to any
             *     address. SO_ERROR can be set; nothing but a read of it uses the value. Setting SO_REUSEADDR needs
             *     policy.bind.reuseAddress, except on the lab. SO_OPENTYPE can only be read: it belongs to the whole
             *     process.
             *
             *     Winsock: setsockopt.
             */
            readonly setSockOpt: {
                readonly params: {
                    readonly socketId: string;
                    /** @description Level of the option, for example SOL_SOCKET. */
                    readonly level: string;
                    /** @description Name of the option, for example SO_LINGER. */
                    readonly name: string;
                    readonly value: OptionValue;
                };
                readonly result: SetSockOptResult;
            };
            /**
             * @description Read a socket option
             *
             *     By name. A pair that this daemon or the provider does not have is WSAENOPROTOOPT. An option of
             *     IPPROTO_IP or IPPROTO_IPV6 for another kind of socket is WSAEINVAL, except on the lab. SO_PROTOCOL_INFO
             *     gives the catalog entry of the socket. SO_ERROR of a stream is the error of a failed non-blocking
             *     connect, until one succeeds: Windows does not clear it when it is read, though its page says so. The
             *     error of a blocking connect is in its own answer, that of a reset connection in the answers of send and
             *     recv.
             *
             *     Winsock: getsockopt.
             */
            readonly getSockOpt: {
                readonly params: {
                    readonly socketId: string;
                    /** @description Level of the option, for example SOL_SOCKET. */
                    readonly level: string;
                    /** @description Name of the option, for example SO_LINGER. */
                    readonly name: string;
                };
                readonly result: GetSockOptResult;
            };
            /**
             * @description Blocking mode, readable bytes, urgent data, keep-alive, and other controls of WSAIoctl
             *
             *     FIONBIO takes `value`: with any value but 0 the calls of the socket answer WSAEWOULDBLOCK instead of
             *     waiting. FIONREAD gives `value`: on a stream the bytes that one recv would give, on datagrams all that
             *     is queued (on Linux the next one alone). SIOCATMARK gives `value`: 0 while urgent data waits out of line
             *     (BSD asks the other way round), else 1. With SO_OOBINLINE it is 1, except while a byte from before the
             *     option was set waits.
             *     SIO_KEEPALIVE_VALS takes `keepAlive`; Linux counts in whole seconds and rounds up.
             *     SIO_AF_UNIX_GETPEERPID gives `value`: the process at the other end of an AF_UNIX connection; on Linux
             *     the side that connected gets the process that called listen. SIO_UDP_CONNRESET takes `value`: with 0, a
             *     datagram that found no receiver makes no receive WSAECONNRESET. SIO_TCP_INITIAL_RTO takes `initialRto`.
             *     On Windows it shortens a connect that gets no answer, or that loopback refuses; Linux and the lab do
             *     not have it. SIO_SET_COMPATIBILITY_MODE takes `compatibilityMode`. SIO_LOOPBACK_FAST_PATH,
             *     SIO_MULTICAST_SCOPE, SIO_MULTIPOINT_LOOPBACK, SIO_CPU_AFFINITY and the three of SIO_RCVALL take
             *     `value`; SIO_FLUSH and SIO_ENABLE_CIRCULAR_QUEUEING take nothing; SIO_IDEAL_SEND_BACKLOG_QUERY and
             *     SIO_QUERY_RSS_SCALABILITY_INFO give `value`. A request that the provider lacks is WSAEOPNOTSUPP, and so
             *     is every other request of Winsock: those need handles, pointers, lists or notifications, which JSON
             *     cannot carry.
             *
             *     Winsock: ioctlsocket, WSAIoctl.
             */
            readonly ioctl: {
                readonly params: {
                    readonly socketId: string;
                    readonly request: IoctlName;
                    /**
                     * Format: int64
                     * @description The u_long behind argp; a BOOL is 0 or 1.
                     */
                    readonly value?: number;
                    readonly keepAlive?: KeepAlive;
                    readonly initialRto?: InitialRto;
                    readonly compatibilityMode?: CompatibilityMode;
                };
                readonly result: IoctlResult;
            };
            /**
             * @description Resolve a host and a service name
             *
             *     Give `node`, `service` or both. An empty `node` (or `..localmachine`) is every address of this machine,
             *     `localhost` its loopback addresses, no `node` the loopback addresses or, with AI_PASSIVE, the wildcard
             *     ones. An IPv6 address may stand in brackets; a port behind them is ignored: `service` has the port. One
             *     address is one result, with the type and protocol that were asked for. The lab knows numeric addresses,
             *     `localhost` and a few services, and asks no server. The policy is applied later, by connect. Few
             *     lookups run at once; the others queue. `provider` says whose resolver answers; without it the default
             *     provider's.
             *
             *     Winsock: GetAddrInfoW, getaddrinfo.
             */
            readonly getAddrInfo: {
                readonly params: {
                    readonly sessionId: string;
                    /** @description Host name or numeric address. */
                    readonly node?: string;
                    /** @description Service name or port number. */
                    readonly service?: string;
                    readonly family?: AddressFamily;
                    readonly type?: SocketType;
                    readonly protocol?: Protocol;
                    readonly flags?: readonly AddrInfoFlag[];
                    readonly provider?: ProviderName;
                    /**
                     * Format: int32
                     * @description Most milliseconds to wait; without it the daemon's limit.
                     */
                    readonly timeoutMs?: number;
                };
                readonly result: GetAddrInfoResult;
            };
            /**
             * @description The host and service name of an address
             *
             *     An address or port without a name is answered in numbers, unless NI_NAMEREQD requires a host name. Few
             *     lookups run at once; the others queue. `provider` says whose resolver answers; without it the default
             *     provider's.
             *
             *     Winsock: GetNameInfoW, getnameinfo.
             */
            readonly getNameInfo: {
                readonly params: {
                    readonly sessionId: string;
                    readonly address: SocketAddress;
                    readonly flags?: readonly NameInfoFlag[];
                    readonly provider?: ProviderName;
                    /**
                     * Format: int32
                     * @description Most milliseconds to wait; without it the daemon's limit.
                     */
                    readonly timeoutMs?: number;
                };
                readonly result: GetNameInfoResult;
            };
            /**
             * @description Make calls fail, wait, move bytes slowly or lose their connection
             *
             *     Arms a rule for the session, or with `socketId` for one socket of it; startup and socket also take
             *     rules, in `faults`. `{"operation": "send", "nth": 3, "effect": "fail", "code": "WSAENETDOWN"}` fails
             *     the third send. From its arming on, every rule counts its matching calls (`calls`), whatever other
             *     rules do to them, and with `probability` draws for each. Several rules that hit one call act in the
             *     order of arming; all act together, but of `fail`, `reset` and `drop` only the first, which decides the
             *     answer. `hits`, and with it `times`, counts the calls on which the rule acted: not those that another
             *     rule decided, that were not made, or that ended before. Same rules, same calls, same order: same hits.
             *     With `afterBytes` it does not matter how calls and network cut the bytes.
             *
             *     `bandwidth` and `latency` hold bytes back, and select, poll, network events and FIONREAD
             *     agree. They begin when the rule is armed or the socket made, with nth, every, probability, afterBytes or
             *     times at the first hit, and end with the rule. At most 16 at once hold back a direction of a socket, and
             *     one `latency` datagrams: further ones do not act.
             *
             *     An answer that a fault caused is a problem document with the member `fault`; the header
             *     `Winsockd-Fault` names all faults that acted on a call (the first 16). Only `reset`, `limit` and
             *     `slowClose` reach the native socket. A rule of a session acts where its effect can: `drop` on datagram
             *     sockets of the lab, `slice`, `limit`, `reset` and `slowClose` on streams, the last two while connected.
             *     The limits of a call (`timeoutMs`, the wait limit of the daemon) also end what a fault lets it wait for.
             */
            readonly armFault: {
                readonly params: {
                    readonly sessionId: string;
                    readonly effect: FaultEffect;
                    readonly socketId?: string;
                    readonly operation?: FaultOperation;
                    /**
                     * Format: int32
                     * @description Hits only the n-th matching call.
                     */
                    readonly nth?: number;
                    /**
                     * Format: int32
                     * @description Hits every n-th matching call.
                     */
                    readonly every?: number;
                    /**
                     * Format: double
                     * @description Hits each matching call with this probability.
                     */
                    readonly probability?: number;
                    /**
                     * Format: int64
                     * @description With `probability`, `latency`: same seed, same calls, same hits. 0 without it.
                     */
                    readonly seed?: number;
                    /**
                     * Format: int32
                     * @description Hits calls of a stream after exactly so many bytes in their direction; the call before is cut short.
                     */
                    readonly afterBytes?: number;
                    readonly code?: FaultCode;
                    readonly phase?: FaultPhase;
                    /**
                     * Format: int32
                     * @description With `delay` (below the wait limit of the daemon) and `slowClose`: milliseconds.
                     */
                    readonly delayMs?: number;
                    /**
                     * Format: int32
                     * @description With `slice` and `limit`: bytes.
                     */
                    readonly bytes?: number;
                    /**
                     * Format: int32
                     * @description With `freeze`: milliseconds.
                     */
                    readonly freezeMs?: number;
                    /**
                     * Format: int32
                     * @description With `bandwidth`: bytes per second.
                     */
                    readonly bytesPerSecond?: number;
                    /**
                     * Format: int32
                     * @description With `latency`: milliseconds.
                     */
                    readonly latencyMs?: number;
                    /**
                     * Format: int32
                     * @description With `latency`: up to so many milliseconds more or less, drawn by `seed`.
                     */
                    readonly jitterMs?: number;
                    readonly then?: FaultThen;
                    /**
                     * Format: int32
                     * @description How often it hits at most.
                     */
                    readonly times?: number;
                    /**
                     * Format: int32
                     * @description Milliseconds after which it hits no more.
                     */
                    readonly expiresMs?: number;
                };
                readonly result: FaultInfo;
            };
            /**
             * @description The faults of a session and its sockets, with their counters
             *
             *     In the order of arming. With `socketId` only those armed for that socket.
             */
            readonly listFaults: {
                readonly params: {
                    readonly sessionId: string;
                    readonly socketId?: string;
                };
                readonly result: FaultList;
            };
            /**
             * @description One fault, with its counters
             *
             *     `calls` counts the calls that matched, `hits` those that were hit.
             */
            readonly getFault: {
                readonly params: {
                    readonly sessionId: string;
                    /** @description A fault id, as armFault gave it. */
                    readonly faultId: string;
                };
                readonly result: FaultInfo;
            };
            /**
             * @description Disarm a fault
             *
             *     The fault hits no more; the answer has its last counters. A `freeze`, `bandwidth` or `latency` that it
             *     began ends; nothing else that it did is undone. If the answer cannot be delivered, the rule is armed
             *     again with its counters, so that the call can be repeated; a freeze stays ended.
             */
            readonly removeFault: {
                readonly params: {
                    readonly sessionId: string;
                    /** @description A fault id, as armFault gave it. */
                    readonly faultId: string;
                };
                readonly result: FaultInfo;
            };
            /**
             * @description Join every connection of a listener to a connection to an upstream address
             *
             *     For programs that nobody may change: they connect to the listener. The relay accepts, connects to
             *     `upstream`, and moves the bytes of both directions by recv and send, so that faults, journals and
             *     `capture` of the session apply. The end of one stream is shutdown SD_SEND on the other; a call that
             *     fails, or a fault, resets both ends. Until it ends, accept on the listener, and send and recv on its
             *     pairs, are `in-use`. It ends with the listener or the session, which it does not keep alive. Its
             *     upstream sockets are of the provider of the listener, or of `provider`. A listener outside loopback
             *     needs `policy.relay.remote`. See docs/relay.md.
             */
            readonly startRelay: {
                readonly params: {
                    readonly socketId: string;
                    readonly upstream: SocketAddress;
                    readonly provider?: ProviderName;
                    /**
                     * Format: int32
                     * @description Most pairs at once, 64 without it; further connections wait.
                     */
                    readonly maxConnections?: number;
                    /**
                     * Format: int32
                     * @description Most milliseconds for a connect to upstream; 10000 without it.
                     */
                    readonly connectTimeoutMs?: number;
                    readonly capture?: Capture;
                    /** @description Faults of its sockets, see armFault. */
                    readonly faults?: readonly RelayFault[];
                };
                readonly result: RelayInfo;
            };
            /**
             * @description The relays of a session
             *
             *     In the order of their beginning, without their pairs.
             */
            readonly listRelays: {
                readonly params: {
                    readonly sessionId: string;
                };
                readonly result: RelayList;
            };
            /**
             * @description One relay, with its pairs
             *
             *     A pair that was reset has the code that was the reason.
             */
            readonly getRelay: {
                readonly params: {
                    readonly sessionId: string;
                    /** @description A relay id, as startRelay gave it. */
                    readonly relayId: string;
                };
                readonly result: RelayInfo;
            };
            /**
             * @description Pause a relay, let it go on, or replace its faults
             *
             *     Members left out stay as they are. While it is paused, new connections wait in the queue of the
             *     listener; open pairs go on. `faults` replaces all rules of the relay, also for its open pairs. If the
             *     answer cannot be delivered, the relay is as before: its rules are armed again, with their counters.
             */
            readonly updateRelay: {
                readonly params: {
                    readonly sessionId: string;
                    /** @description A relay id, as startRelay gave it. */
                    readonly relayId: string;
                    /** @description Whether it accepts no connections for now. */
                    readonly paused?: boolean;
                    /** @description Faults of its sockets, see armFault. */
                    readonly faults?: readonly RelayFault[];
                };
                readonly result: RelayInfo;
            };
            /**
             * @description End a relay
             *
             *     It accepts no more, and the listener can be used again. Its pairs are reset, or with `finish` go on
             *     until both of their streams have ended; until then the relay is listed.
             */
            readonly endRelay: {
                readonly params: {
                    readonly sessionId: string;
                    /** @description A relay id, as startRelay gave it. */
                    readonly relayId: string;
                    readonly pairs?: EndOfPairs;
                };
                readonly result: RelayInfo;
            };
            /**
             * @description End all faults and relays of a session
             *
             *     Its sockets stay as they are; the pairs of its relays are reset. What faults hold back or hide shows at
             *     once. If the answer cannot be delivered, the faults are armed again, with their counters, but not those
             *     of relays.
             */
            readonly resetSession: {
                readonly params: {
                    readonly sessionId: string;
                };
                readonly result: ResetSessionResult;
            };
            /**
             * @description Make the lab network slow, narrow, lossy or cut
             *
             *     Changes the one link that all traffic of the session's lab network passes, also that of other sessions
             *     on it. Members left out stay as they are, so an empty body reads the link. `loss` restarts its random
             *     sequence from `seed` (0 without it). While the network is cut, a connect ends with WSAETIMEDOUT after
             *     21 seconds, a connection with unacknowledged data with WSAECONNABORTED after 21 seconds, and an idle
             *     one with SO_KEEPALIVE with WSAENETRESET after two hours and ten probes a second apart: all by the clock
             *     of the network, which advanceLabClock can move.
             */
            readonly setLabLink: {
                readonly params: {
                    readonly sessionId: string;
                    /**
                     * Format: int32
                     * @description Milliseconds from one end to the other; 0: none.
                     */
                    readonly latencyMs?: number;
                    /**
                     * Format: int64
                     * @description Bytes a second, all traffic together; 0: no limit.
                     */
                    readonly bytesPerSecond?: number;
                    /**
                     * Format: double
                     * @description The probability that a datagram is lost; streams lose nothing.
                     */
                    readonly loss?: number;
                    /**
                     * Format: int64
                     * @description Seed of the loss: same seed, same datagrams, same losses.
                     */
                    readonly seed?: number;
                    /** @description Nothing passes: datagrams vanish, connects stay pending, streams stall until it heals. */
                    readonly partition?: boolean;
                };
                readonly result: LabLink;
            };
            /**
             * @description Stop the time of the lab network, and move it
             *
             *     The first use makes the clock of the session's lab network virtual, for good: its time stands still and
             *     only this call moves it. Timers that become due run in order, and the answer comes when all have run: a
             *     two-hour keep-alive time-out takes no time at all. `advanceMs` 0 only stops the time. Limits of calls,
             *     leases and the rest of the daemon use real time.
             */
            readonly advanceLabClock: {
                readonly params: {
                    readonly sessionId: string;
                    /**
                     * Format: int64
                     * @description By how many milliseconds; 0 without it.
                     */
                    readonly advanceMs?: number;
                };
                readonly result: LabClock;
            };
            /**
             * @description What happened to a socket
             *
             *     Every Winsock call on the socket, from the one that created it, in the order in which they ended. After
             *     the socket has ended its journal stays readable: while its session lives and the ended sockets of the
             *     session together have no more entries than `limits.journalEntries`, then as long as the session's
             *     journal; the oldest journals are dropped first. It has payload only if `socket` asked for `capture`. At
             *     a limit of captured bytes, such as `limits.captureBytes`, the oldest payload is dropped, first that of
             *     ended sockets; the entries stay.
             */
            readonly getSocketJournal: {
                readonly params: {
                    readonly socketId: string;
                    /**
                     * Format: int64
                     * @description Only entries after this sequence; 0 without it.
                     */
                    readonly after?: number;
                    /**
                     * Format: int32
                     * @description Most entries in one answer; 100 without it.
                     */
                    readonly limit?: number;
                };
                readonly result: SocketJournal;
            };
            /**
             * @description What happened in a session
             *
             *     Every Winsock call of the session and its sockets, in the order in which they ended; payload only of
             *     sockets that capture. The oldest entries are dropped first (`limits.journalEntries`). Calls that only
             *     read what the daemon itself knows are left out. An empty page: there are no more entries yet; go on
             *     with `nextAfter`. After the session has ended its journal stays readable, though its id is gone, while
             *     the ended sessions of the owner and their sockets together have no more entries than
             *     `limits.endedSessionEntries`; the oldest journals are dropped first.
             */
            readonly getSessionJournal: {
                readonly params: {
                    readonly sessionId: string;
                    /**
                     * Format: int64
                     * @description Only entries after this sequence; 0 without it.
                     */
                    readonly after?: number;
                    /**
                     * Format: int32
                     * @description Most entries in one answer; 100 without it.
                     */
                    readonly limit?: number;
                };
                readonly result: SessionJournal;
            };
            /**
             * @description Stop sending, receiving, or both
             *
             *     Closes nothing and never waits. SD_SEND ends the stream after what is queued; waiting calls in a
             *     direction that is shut end with WSAESHUTDOWN, a send that has sent some bytes with their number. On
             *     Windows, a receive that is pending in the system still gets what arrives; here none is pending there.
             *     See also sendDisconnect.
             *
             *     Winsock: shutdown.
             */
            readonly shutdown: {
                readonly params: {
                    readonly socketId: string;
                    readonly how: ShutdownHow;
                };
                readonly result: ShutdownResult;
            };
            /**
             * @description Stop sending and begin the end of the connection, with disconnect data where the provider has it
             *
             *     Like shutdown SD_SEND: further sends are refused (WSAESHUTDOWN), receiving goes on, the peer reads
             *     every byte and then the end. It does not close the socket: close frees it. It never waits, whatever
             *     SO_LINGER says, nor for a call that waits to send: that call ends, as at shutdown. Do not rely on
             *     connecting the socket again.
             *
             *     `disconnectData` travels behind the last byte; recvDisconnect fetches it. It needs a socket whose
             *     catalog entry has XP1_DISCONNECT_DATA (see enumProtocols); others answer WSAENOPROTOOPT, and then
             *     nothing was shut down: the connection is as usable as before.
             *
             *     Winsock: WSASendDisconnect.
             */
            readonly sendDisconnect: {
                readonly params: {
                    readonly socketId: string;
                    readonly disconnectData?: Buffer;
                };
                readonly result: SendDisconnectResult;
            };
            /**
             * @description Stop receiving, and fetch the disconnect data of the peer
             *
             *     Call it after recv has answered `eof`: then `disconnectData` has what the peer gave to sendDisconnect.
             *     Earlier, or if the provider has no disconnect data, it only stops receiving, as shutdown SD_RECEIVE.
             *     The data may be fetched again until close. With less room than the data needs the answer is WSAEFAULT
             *     with `requiredLength`, and nothing has happened.
             *
             *     Winsock: WSARecvDisconnect.
             */
            readonly recvDisconnect: {
                readonly params: {
                    readonly socketId: string;
                    /**
                     * Format: int32
                     * @description Room for the data; 65,536 without it.
                     */
                    readonly maxBytes?: number;
                };
                readonly result: RecvDisconnectResult;
            };
            /**
             * @description End the calls that wait on the socket
             *
             *     The calls answer WSA_OPERATION_ABORTED; a send that has sent some bytes answers their number. In a
             *     session of version 1.x this is WSACancelBlockingCall: the one blocking call of the session, on any
             *     socket, answers WSAEINTR. A connect goes on in the background.
             */
            readonly cancel: {
                readonly params: {
                    readonly socketId: string;
                };
                readonly result: CancelResult;
            };
            /**
             * @description Close the socket and free what it holds
             *
             *     The id is gone at once; calls that wait on it end with WSAEINTR, or 200 if they have moved bytes.
             *     Without SO_LINGER, queued bytes are sent in the background; with {on, 0} the connection is reset; with
             *     {on, n} the answer waits at most n seconds until the peer has taken everything, then resets. A limit
             *     ends the wait, not the close; repeat the call to wait on.
             *
             *     Winsock: closesocket.
             */
            readonly close: {
                readonly params: {
                    readonly socketId: string;
                    /**
                     * Format: int32
                     * @description Most milliseconds to wait; without it the daemon's limit.
                     */
                    readonly timeoutMs?: number;
                };
                readonly result: CloseResult;
            };
            /**
             * @description Undo one startup; the last cleanup closes every socket
             *
             *     Only the last cleanup of as many as there were startups acts: it closes the sockets of the session and
             *     ends its pending calls with WSA_OPERATION_ABORTED. The session itself stays, so that startup with its
             *     `sessionId` revives it; endSession removes it.
             *
             *     Winsock: WSACleanup.
             */
            readonly cleanup: {
                readonly params: {
                    readonly sessionId: string;
                };
                readonly result: CleanupResult;
            };
            /**
             * @description End a session and everything it owns
             *
             *     Closes its sockets, ends its pending calls with WSA_OPERATION_ABORTED, and forgets it.
             */
            readonly endSession: {
                readonly params: {
                    readonly sessionId: string;
                };
                readonly result: EndSessionResult;
            };
            /**
             * @description Make calls one after another, in one request
             *
             *     Each step is a call, checked and refused as if it came alone. The answer is 200 whatever the steps did.
             *     `stop` skips the steps behind a failure; `cleanup` also ends what the batch made: sockets, sessions and
             *     faults, the last first.
             */
            readonly batch: {
                readonly params: {
                    readonly steps: readonly BatchStep[];
                    readonly onError?: OnError;
                    /**
                     * Format: int32
                     * @description Most milliseconds of the whole; limits.waitSeconds without it, ten times that at most.
                     */
                    readonly timeoutMs?: number;
                    /** @description No call begins before, as with `Winsockd-Not-Before`. */
                    readonly notBefore?: string;
                };
                readonly result: BatchResult;
            };
        };
        /** @description Version, providers, start and limits of this daemon. */
        readonly About: {
            /** @description The version of the daemon. */
            readonly version: string;
            /**
             * Format: date-time
             * @description When the daemon started.
             */
            readonly startedAt: string;
            /** @description The providers, in the order of their catalog entries. */
            readonly providers: readonly string[];
            readonly limits: AboutLimits;
            readonly clock: AboutClock;
            /** @description The owner of the token. */
            readonly owner: string;
        };
        /** @description The clocks of the daemon, for `Winsockd-Not-Before`. */
        readonly AboutClock: {
            /**
             * Format: date-time
             * @description The time of day.
             */
            readonly wall: string;
            /**
             * Format: double
             * @description Milliseconds of a clock that nobody sets.
             */
            readonly monotonicMs: number;
        };
        /** @description The limits of this daemon, as configured. */
        readonly AboutLimits: {
            /**
             * Format: int32
             * @description The longest wait of one call, in seconds.
             */
            readonly waitSeconds: number;
            /**
             * Format: int32
             * @description The default lease of a session, in seconds.
             */
            readonly leaseSeconds: number;
            /**
             * Format: int32
             * @description The longest lease, in seconds.
             */
            readonly maxLeaseSeconds: number;
            /**
             * Format: int32
             * @description Most sessions of one owner.
             */
            readonly sessionsPerOwner: number;
            /**
             * Format: int32
             * @description Most sockets of one owner.
             */
            readonly socketsPerOwner: number;
            /**
             * Format: int32
             * @description Most connections.
             */
            readonly connections: number;
            /**
             * Format: int32
             * @description Most connections of one owner, at most half of all connections.
             */
            readonly connectionsPerOwner: number;
            /**
             * Format: int32
             * @description File descriptors that sockets leave free, on Linux.
             */
            readonly reservedDescriptors: number;
            /**
             * Format: int32
             * @description Most waiting calls of one owner.
             */
            readonly callsPerOwner: number;
            /**
             * Format: int32
             * @description Most idempotency keys of one owner.
             */
            readonly idempotencyKeysPerOwner: number;
            /**
             * Format: int32
             * @description Most bytes of the answers kept for them.
             */
            readonly idempotencyBytesPerOwner: number;
            /**
             * Format: int32
             * @description Most bytes of one recv.
             */
            readonly recvBytes: number;
            /**
             * Format: int64
             * @description Bytes kept for one owner at once.
             */
            readonly bytesPerOwner: number;
            /**
             * Format: int64
             * @description Bytes kept for all owners at once.
             */
            readonly bytesTotal: number;
            /**
             * Format: int32
             * @description Most bytes of one request body without data.
             */
            readonly callBodyBytes: number;
            /**
             * Format: int32
             * @description Most bytes of one request body with data, or with a long list of sockets.
             */
            readonly bodyBytes: number;
            /**
             * Format: int32
             * @description Most values and names of one request body.
             */
            readonly bodyValues: number;
            /**
             * Format: int32
             * @description Most pending requests on one connection.
             */
            readonly requestsPerConnection: number;
            /**
             * Format: int32
             * @description Most WebSockets of one owner.
             */
            readonly webSocketsPerOwner: number;
            /**
             * Format: int32
             * @description Seconds that a client may transfer nothing while bytes are short.
             */
            readonly stalledSeconds: number;
            /**
             * Format: int32
             * @description Most calls that one journal keeps.
             */
            readonly journalEntries: number;
            /**
             * Format: int32
             * @description Most calls that the journals of ended sessions keep together.
             */
            readonly endedSessionEntries: number;
            /**
             * Format: int32
             * @description Most payload that the journal of one socket keeps.
             */
            readonly captureBytes: number;
            /**
             * Format: int32
             * @description Most payload that the journals of one session keep.
             */
            readonly captureBytesPerSession: number;
            /**
             * Format: int32
             * @description Most payload that the journals of one owner keep.
             */
            readonly captureBytesPerOwner: number;
            /**
             * Format: int32
             * @description Most events of one owner that are kept for readers that resume.
             */
            readonly eventEntries: number;
            /**
             * Format: int32
             * @description Most bytes of events that one reader has not read.
             */
            readonly eventBytes: number;
            /**
             * Format: int32
             * @description Most readers of events of one owner.
             */
            readonly eventStreamsPerOwner: number;
        };
        /**
         * @description The decision, as a condition function gives it.
         * @enum {string}
         */
        readonly AcceptCondition: "CF_ACCEPT" | "CF_REJECT" | "CF_DEFER";
        /** @description The accepted socket. */
        readonly AcceptResult: {
            readonly socketId: string;
            readonly state: SocketState;
            readonly remoteAddress: SocketAddress;
            readonly callerData?: Bytes;
        };
        /** @description An address of the name, for connect, bind or sendTo; without type and protocol for any of them. */
        readonly AddrInfo: {
            readonly family: InternetFamily;
            readonly type?: SocketType;
            readonly protocol?: Protocol;
            readonly address: SocketAddress;
        };
        /**
         * @description An AI_ flag.
         * @enum {string}
         */
        readonly AddrInfoFlag: "AI_PASSIVE" | "AI_CANONNAME" | "AI_NUMERICHOST" | "AI_NUMERICSERV" | "AI_ALL" | "AI_ADDRCONFIG" | "AI_V4MAPPED";
        /**
         * @description Address family.
         * @enum {string}
         */
        readonly AddressFamily: "AF_UNSPEC" | "AF_UNIX" | "AF_INET" | "AF_INET6";
        /** @description An address. */
        readonly AddressResult: {
            readonly address: SocketAddress;
        };
        /** @description Any members. */
        readonly BatchMembers: {
            readonly [key: string]: unknown;
        };
        /** @description The outcome of the batch. */
        readonly BatchResult: {
            readonly outcome: OverallOutcome;
            /** @description One for each step. */
            readonly steps: readonly BatchStepResult[];
        };
        /**
         * @description A call. In `params` `{"$result": "/id/member"}` stands for a value of an earlier result; `expect` has
         *     the values that must be at JSON pointers into its own.
         */
        readonly BatchStep: {
            /** @description For references. */
            readonly id?: string;
            readonly operation: string;
            readonly params?: BatchMembers;
            /** @description The name of the problem that it must end with. */
            readonly expectError?: string;
            readonly expect?: BatchMembers;
            /**
             * Format: int32
             * @description How often it runs; a failure ends it.
             */
            readonly repeat?: number;
        };
        /** @description The outcome of a step. */
        readonly BatchStepResult: {
            readonly id?: string;
            readonly outcome: StepOutcome;
            /**
             * Format: int32
             * @description How often it ran; 0 if a reference had no value.
             */
            readonly runs: number;
            /**
             * Format: double
             * @description When it began, since the batch did.
             */
            readonly startedMs?: number;
            /**
             * Format: double
             * @description How long it took.
             */
            readonly durationMs?: number;
            readonly result?: BatchMembers;
            /** @description All results together were too long. */
            readonly resultOmitted?: boolean;
            /** @description Pointers of `expect` that did not hold. */
            readonly unmet?: readonly string[];
            readonly problem?: Problem;
        };
        /** @description What the socket is bound to. */
        readonly BindResult: {
            readonly localAddress: SocketAddress;
        };
        /** @description Bytes to send: exactly one of base64 and text. */
        readonly Buffer: {
            /** @description The bytes in base64 (RFC 4648, with padding). */
            readonly base64?: string;
            /** @description The bytes as text, sent as UTF-8. */
            readonly text?: string;
            /**
             * Format: int32
             * @description WSABUF.len: how many of the bytes to use. More than given is WSAEFAULT.
             */
            readonly len?: number;
        };
        /** @description Bytes received. */
        readonly Bytes: {
            /** @description The bytes in base64 (RFC 4648, with padding). */
            readonly base64: string;
            /**
             * Format: int32
             * @description The number of bytes.
             */
            readonly len: number;
            /** @description The bytes as text, on request and if they are UTF-8. */
            readonly text?: string;
        };
        /**
         * @description `failed` with `code`, `refused` by the daemon with `refusal`.
         * @enum {string}
         */
        readonly CallOutcome: "ok" | "failed" | "refused";
        /** @description Done. */
        readonly CancelResult: {
            /**
             * Format: int32
             * @description How many calls were ended.
             */
            readonly cancelled: number;
        };
        /** @description The payload that the journal of a socket keeps; without it none. */
        readonly Capture: {
            /**
             * Format: int32
             * @description Most bytes kept of each send and receive.
             */
            readonly maxBytes: number;
        };
        /**
         * @description What happened to it.
         * @enum {string}
         */
        readonly Change: "began" | "ended";
        /** @description Done. */
        readonly CleanupResult: {
            /**
             * Format: int32
             * @description Startups without a cleanup yet.
             */
            readonly startups: number;
        };
        /** @description Done. */
        readonly CloseResult: {
            readonly [key: string]: unknown;
        };
        /** @description WSA_COMPATIBILITY_MODE. */
        readonly CompatibilityMode: {
            /**
             * Format: int64
             * @description WSA_COMPATIBILITY_BEHAVIOR_ID: 0 all, 1 receive buffering, 2 auto-tuning.
             */
            readonly behaviorId: number;
            /**
             * Format: int64
             * @description The version of Windows to behave as, an NTDDI_ constant.
             */
            readonly targetOsVersion: number;
        };
        /** @description The offer; after CF_ACCEPT with the accepted socket. */
        readonly ConditionalAcceptResult: {
            readonly condition: AcceptCondition;
            /** @description A socket was made: after CF_ACCEPT. */
            readonly created: boolean;
            /** @description The offer; not after CF_ACCEPT. */
            readonly offerId?: string;
            readonly socketId?: string;
            readonly state?: SocketState;
            readonly remoteAddress: SocketAddress;
            readonly callerData?: Bytes;
        };
        /** @description The connection. */
        readonly ConnectResult: {
            readonly localAddress?: SocketAddress;
            readonly remoteAddress?: SocketAddress;
            readonly calleeData?: Bytes;
        };
        /**
         * @description How the connection ended; `reset`: abortive close, or unread bytes. Absent: it did not end.
         * @enum {string}
         */
        readonly ConnectionEnd: "graceful" | "reset";
        /** @description A control data object (WSACMSGHDR): its type, and the members of that type. */
        readonly ControlMessage: {
            readonly type: ControlType;
            /**
             * Format: int32
             * @description IP_TTL, IP_TOS, IP_ECN, IPV6_HOPLIMIT, IPV6_TCLASS and IPV6_ECN: the field of the IP header.
             */
            readonly value?: number;
            /** @description IP_PKTINFO, IPV6_PKTINFO: received the destination, sent the source; wildcard: any. */
            readonly address?: string;
            /**
             * Format: int64
             * @description IP_PKTINFO, IPV6_PKTINFO: the interface that the datagram came by or leaves by (0 or absent: the system chooses). IP_ORIGINAL_ARRIVAL_IF, only received: the interface before a tunnel.
             */
            readonly interfaceIndex?: number;
        };
        /**
         * @description cmsg_type, with the level that its name begins with.
         * @enum {string}
         */
        readonly ControlType: "IP_PKTINFO" | "IP_TTL" | "IP_TOS" | "IP_ECN" | "IP_ORIGINAL_ARRIVAL_IF" | "IPV6_PKTINFO" | "IPV6_HOPLIMIT" | "IPV6_TCLASS" | "IPV6_ECN";
        /** @description The second id. */
        readonly DuplicateResult: {
            readonly socketId: string;
            readonly state: SocketState;
        };
        /**
         * @description What happens to open pairs.
         * @enum {string}
         */
        readonly EndOfPairs: "reset" | "finish";
        /**
         * @description Why a session or a socket ended.
         * @enum {string}
         */
        readonly EndReason: "closed" | "relay-reset" | "cleanup" | "session-ended" | "lease-expired" | "connection-lost";
        /** @description Done. */
        readonly EndSessionResult: {
            readonly [key: string]: unknown;
        };
        /**
         * @description The family of an address.
         * @enum {string}
         */
        readonly EndpointFamily: "AF_INET" | "AF_INET6" | "AF_UNIX";
        /** @description WSANETWORKEVENTS. */
        readonly EnumNetworkEventsResult: {
            /** @description In the order of their bits; empty when nothing happened. */
            readonly events: readonly NetworkEvent[];
        };
        /**
         * @description A kind of event.
         * @enum {string}
         */
        readonly EventKind: "operation" | "undelivered" | "state" | "session" | "relay";
        /** @description Done. */
        readonly EventSelectResult: {
            readonly [key: string]: unknown;
        };
        /**
         * @description With `fail`: the code to answer.
         * @enum {string}
         */
        readonly FaultCode: "WSA_INVALID_HANDLE" | "WSA_NOT_ENOUGH_MEMORY" | "WSA_INVALID_PARAMETER" | "WSA_WAIT_TIMEOUT" | "WSA_OPERATION_ABORTED" | "WSA_IO_INCOMPLETE" | "WSAEINTR" | "WSAEBADF" | "WSAEACCES" | "WSAEFAULT" | "WSAEINVAL" | "WSAEMFILE" | "WSAEWOULDBLOCK" | "WSAEINPROGRESS" | "WSAEALREADY" | "WSAENOTSOCK" | "WSAEDESTADDRREQ" | "WSAEMSGSIZE" | "WSAEPROTOTYPE" | "WSAENOPROTOOPT" | "WSAEPROTONOSUPPORT" | "WSAESOCKTNOSUPPORT" | "WSAEOPNOTSUPP" | "WSAEPFNOSUPPORT" | "WSAEAFNOSUPPORT" | "WSAEADDRINUSE" | "WSAEADDRNOTAVAIL" | "WSAENETDOWN" | "WSAENETUNREACH" | "WSAENETRESET" | "WSAECONNABORTED" | "WSAECONNRESET" | "WSAENOBUFS" | "WSAEISCONN" | "WSAENOTCONN" | "WSAESHUTDOWN" | "WSAETOOMANYREFS" | "WSAETIMEDOUT" | "WSAECONNREFUSED" | "WSAELOOP" | "WSAENAMETOOLONG" | "WSAEHOSTDOWN" | "WSAEHOSTUNREACH" | "WSAENOTEMPTY" | "WSAEPROCLIM" | "WSAEUSERS" | "WSAEDQUOT" | "WSAESTALE" | "WSAEREMOTE" | "WSASYSNOTREADY" | "WSAVERNOTSUPPORTED" | "WSANOTINITIALISED" | "WSAECANCELLED" | "WSAEINVALIDPROCTABLE" | "WSAEINVALIDPROVIDER" | "WSAEPROVIDERFAILEDINIT" | "WSASYSCALLFAILURE" | "WSASERVICE_NOT_FOUND" | "WSATYPE_NOT_FOUND" | "WSA_E_CANCELLED" | "WSAEREFUSED" | "WSAHOST_NOT_FOUND" | "WSATRY_AGAIN" | "WSANO_RECOVERY" | "WSANO_DATA" | "WSA_QOS_NO_SENDERS" | "WSA_QOS_NO_RECEIVERS" | "WSA_QOS_ADMISSION_FAILURE" | "WSA_QOS_POLICY_FAILURE" | "WSA_QOS_BAD_STYLE" | "WSA_QOS_BAD_OBJECT" | "WSA_QOS_TRAFFIC_CTRL_ERROR" | "WSA_QOS_GENERIC_ERROR" | "WSA_QOS_ESERVICETYPE" | "WSA_QOS_EFLOWSPEC" | "WSA_QOS_EPROVSPECBUF" | "WSA_QOS_EFILTERSTYLE" | "WSA_QOS_EFILTERTYPE" | "WSA_QOS_EFILTERCOUNT" | "WSA_QOS_EOBJLENGTH" | "WSA_QOS_EFLOWCOUNT" | "WSA_QOS_EUNKOWNPSOBJ" | "WSA_QOS_EPOLICYOBJ" | "WSA_QOS_EFLOWDESC" | "WSA_QOS_EPSFLOWSPEC" | "WSA_QOS_EPSFILTERSPEC" | "WSA_QOS_ESDMODEOBJ" | "WSA_QOS_ESHAPERATEOBJ" | "WSA_QOS_RESERVED_PETYPE";
        /**
         * @description `fail` answers `code`; `delay` waits `delayMs` before the call; `slice` lets a stream receive or send at most `bytes`; `reset` resets the connection of the socket, whose calls answer WSAECONNRESET from then on; `drop` lets the network of the lab lose a datagram that was sent; `freeze` hides from then on for `freezeMs` all that arrives: no receive, accept, recvDisconnect, select, poll, event, FIONREAD, SO_ERROR or state, of any id of the socket, shows bytes, connections, the end of the peer or a reset; only a send answers that the connection is lost. Removing the rule and shutting down receiving end it, too; then waiting calls wake; `bandwidth` paces sends and receives, each direction of each socket on its own; a tenth may pass at once; `latency` shows bytes, datagrams and the end `latencyMs` after they arrived, in their order; `limit` lets exactly `bytes` pass in each direction, `then`: `end` (receives answer `eof`; sending is shut down, the next send is WSAESHUTDOWN) or `reset` (the next call there does it); `slowClose` lets a close and the end of sending, which answer at once, reach the system `delayMs` later, or when the session ends.
         * @enum {string}
         */
        readonly FaultEffect: "fail" | "delay" | "slice" | "reset" | "drop" | "freeze" | "bandwidth" | "latency" | "limit" | "slowClose";
        /** @description An armed fault with its counters. */
        readonly FaultInfo: {
            /** @description Its id in the session, for example `flt_1`. */
            readonly faultId: string;
            readonly sessionId: string;
            readonly socketId?: string;
            /** @description The relay that it belongs to. */
            readonly relayId?: string;
            readonly end?: RelayEnd;
            /**
             * Format: int32
             * @description Only the n-th pair of the relay.
             */
            readonly nthConnection?: number;
            readonly operation?: FaultOperation;
            /**
             * Format: int32
             * @description Hits only the n-th matching call.
             */
            readonly nth?: number;
            /**
             * Format: int32
             * @description Hits every n-th matching call.
             */
            readonly every?: number;
            /**
             * Format: double
             * @description Hits each matching call with this probability.
             */
            readonly probability?: number;
            /**
             * Format: int64
             * @description With `probability`, `latency`: same seed, same calls, same hits. 0 without it.
             */
            readonly seed?: number;
            /**
             * Format: int32
             * @description Hits calls of a stream after exactly so many bytes in their direction; the call before is cut short.
             */
            readonly afterBytes?: number;
            readonly effect: FaultEffect;
            readonly code?: FaultCode;
            readonly phase?: FaultPhase;
            /**
             * Format: int32
             * @description With `delay` (below the wait limit of the daemon) and `slowClose`: milliseconds.
             */
            readonly delayMs?: number;
            /**
             * Format: int32
             * @description With `slice` and `limit`: bytes.
             */
            readonly bytes?: number;
            /**
             * Format: int32
             * @description With `freeze`: milliseconds.
             */
            readonly freezeMs?: number;
            /**
             * Format: int32
             * @description With `bandwidth`: bytes per second.
             */
            readonly bytesPerSecond?: number;
            /**
             * Format: int32
             * @description With `latency`: milliseconds.
             */
            readonly latencyMs?: number;
            /**
             * Format: int32
             * @description With `latency`: up to so many milliseconds more or less, drawn by `seed`.
             */
            readonly jitterMs?: number;
            readonly then?: FaultThen;
            /**
             * Format: int32
             * @description How often it hits at most.
             */
            readonly times?: number;
            /**
             * Format: int32
             * @description Milliseconds after which it hits no more.
             */
            readonly expiresMs?: number;
            /**
             * Format: int32
             * @description Matching calls so far.
             */
            readonly calls: number;
            /**
             * Format: int32
             * @description On how many of them it acted.
             */
            readonly hits: number;
            /** @description It hits no more: expired, or `times` reached. */
            readonly spent: boolean;
        };
        /** @description Faults. */
        readonly FaultList: {
            /** @description All of them; there are at most 1,000. */
            readonly faults: readonly FaultInfo[];
        };
        /**
         * @description The operation to hit. Without it: all that the effect fits; with `socketId`, of sockets only.
         * @enum {string}
         */
        readonly FaultOperation: "enumProtocols" | "socket" | "select" | "poll" | "getAddrInfo" | "getNameInfo" | "cleanup" | "bind" | "getSockName" | "listen" | "connect" | "conditionalAccept" | "accept" | "getPeerName" | "duplicate" | "send" | "recv" | "sendTo" | "recvFrom" | "sendMsg" | "recvMsg" | "eventSelect" | "enumNetworkEvents" | "setSockOpt" | "getSockOpt" | "ioctl" | "shutdown" | "sendDisconnect" | "recvDisconnect" | "close";
        /**
         * @description With `fail`: `before` (default): no call is made; `after`: its result is dropped and goes back.
         * @enum {string}
         */
        readonly FaultPhase: "before" | "after";
        /** @description Which calls to hit, and how. At most one of nth, every, probability, afterBytes; without: all that match. */
        readonly FaultRule: {
            readonly operation?: FaultOperation;
            /**
             * Format: int32
             * @description Hits only the n-th matching call.
             */
            readonly nth?: number;
            /**
             * Format: int32
             * @description Hits every n-th matching call.
             */
            readonly every?: number;
            /**
             * Format: double
             * @description Hits each matching call with this probability.
             */
            readonly probability?: number;
            /**
             * Format: int64
             * @description With `probability`, `latency`: same seed, same calls, same hits. 0 without it.
             */
            readonly seed?: number;
            /**
             * Format: int32
             * @description Hits calls of a stream after exactly so many bytes in their direction; the call before is cut short.
             */
            readonly afterBytes?: number;
            readonly effect: FaultEffect;
            readonly code?: FaultCode;
            readonly phase?: FaultPhase;
            /**
             * Format: int32
             * @description With `delay` (below the wait limit of the daemon) and `slowClose`: milliseconds.
             */
            readonly delayMs?: number;
            /**
             * Format: int32
             * @description With `slice` and `limit`: bytes.
             */
            readonly bytes?: number;
            /**
             * Format: int32
             * @description With `freeze`: milliseconds.
             */
            readonly freezeMs?: number;
            /**
             * Format: int32
             * @description With `bandwidth`: bytes per second.
             */
            readonly bytesPerSecond?: number;
            /**
             * Format: int32
             * @description With `latency`: milliseconds.
             */
            readonly latencyMs?: number;
            /**
             * Format: int32
             * @description With `latency`: up to so many milliseconds more or less, drawn by `seed`.
             */
            readonly jitterMs?: number;
            readonly then?: FaultThen;
            /**
             * Format: int32
             * @description How often it hits at most.
             */
            readonly times?: number;
            /**
             * Format: int32
             * @description Milliseconds after which it hits no more.
             */
            readonly expiresMs?: number;
        };
        /**
         * @description With `limit`: what follows the bytes.
         * @enum {string}
         */
        readonly FaultThen: "end" | "reset";
        /** @description The data of the event `gap`: some events since Last-Event-ID are lost. */
        readonly GapEvent: {
            /**
             * Format: int64
             * @description How many events of all kinds are no longer kept.
             */
            readonly lost: number;
            /** @description Events of an earlier run are lost as well. */
            readonly earlierRun?: boolean;
        };
        /** @description The addresses of the name. */
        readonly GetAddrInfoResult: {
            /** @description The addresses, the best first. */
            readonly addresses: readonly AddrInfo[];
            /** @description With AI_CANONNAME. */
            readonly canonicalName?: string;
        };
        /** @description The names of the address. */
        readonly GetNameInfoResult: {
            /** @description The host name, or the address in numbers. */
            readonly node: string;
            /** @description The service name, or the port in numbers. */
            readonly service: string;
        };
        /** @description The value. */
        readonly GetSockOptResult: {
            readonly value: OptionValue;
        };
        /** @description TCP_INITIAL_RTO_PARAMETERS. */
        readonly InitialRto: {
            /**
             * Format: int32
             * @description The first estimate of a round trip, ms; 0: the default, 65535: unchanged.
             */
            readonly rtt: number;
            /**
             * Format: int32
             * @description How often a SYN is sent again; 0: the default, 254: never, 255: unchanged.
             */
            readonly maxSynRetransmissions: number;
        };
        /**
         * @description AF_INET or AF_INET6.
         * @enum {string}
         */
        readonly InternetFamily: "AF_INET" | "AF_INET6";
        /**
         * @description What to do.
         * @enum {string}
         */
        readonly IoctlName: "FIONBIO" | "FIONREAD" | "SIOCATMARK" | "SIO_ACQUIRE_PORT_RESERVATION" | "SIO_ADDRESS_LIST_CHANGE" | "SIO_ADDRESS_LIST_QUERY" | "SIO_AF_UNIX_GETPEERPID" | "SIO_APPLY_TRANSPORT_SETTING" | "SIO_ASSOCIATE_HANDLE" | "SIO_ASSOCIATE_PORT_RESERVATION" | "SIO_BASE_HANDLE" | "SIO_BSP_HANDLE" | "SIO_BSP_HANDLE_POLL" | "SIO_BSP_HANDLE_SELECT" | "SIO_CHK_QOS" | "SIO_CPU_AFFINITY" | "SIO_ENABLE_CIRCULAR_QUEUEING" | "SIO_FIND_ROUTE" | "SIO_FLUSH" | "SIO_GET_BROADCAST_ADDRESS" | "SIO_GET_EXTENSION_FUNCTION_POINTER" | "SIO_GET_GROUP_QOS" | "SIO_GET_INTERFACE_LIST" | "SIO_GET_INTERFACE_LIST_EX" | "SIO_GET_QOS" | "SIO_GET_TX_TIMESTAMP" | "SIO_IDEAL_SEND_BACKLOG_CHANGE" | "SIO_IDEAL_SEND_BACKLOG_QUERY" | "SIO_KEEPALIVE_VALS" | "SIO_LOOPBACK_FAST_PATH" | "SIO_MULTICAST_SCOPE" | "SIO_MULTIPOINT_LOOPBACK" | "SIO_QUERY_RSS_PROCESSOR_INFO" | "SIO_QUERY_RSS_SCALABILITY_INFO" | "SIO_QUERY_TRANSPORT_SETTING" | "SIO_QUERY_WFP_ALE_ENDPOINT_HANDLE" | "SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT" | "SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS" | "SIO_RCVALL" | "SIO_RCVALL_IGMPMCAST" | "SIO_RCVALL_MCAST" | "SIO_RELEASE_PORT_RESERVATION" | "SIO_ROUTING_INTERFACE_CHANGE" | "SIO_ROUTING_INTERFACE_QUERY" | "SIO_SET_COMPATIBILITY_MODE" | "SIO_SET_GROUP_QOS" | "SIO_SET_QOS" | "SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS" | "SIO_TCP_INFO" | "SIO_TCP_INITIAL_RTO" | "SIO_TIMESTAMPING" | "SIO_TRANSLATE_HANDLE" | "SIO_UDP_CONNRESET";
        /** @description What ioctl gives. */
        readonly IoctlResult: {
            /**
             * Format: int64
             * @description The u_long behind argp; a BOOL is 0 or 1.
             */
            readonly value?: number;
        };
        /** @description What happened in one call. The states are those of its socket, or else of the created one, when the call began and ended. `data`, if the socket captures: the first bytes sent or received. */
        readonly JournalEntry: {
            /**
             * Format: int64
             * @description From 1, without gaps, per session, in the order in which the calls ended.
             */
            readonly sequence: number;
            /**
             * Format: int64
             * @description When the call ended: microseconds since the session began, monotonic.
             */
            readonly at: number;
            /**
             * Format: date-time
             * @description When the call ended, by the wall clock.
             */
            readonly time: string;
            /** @description The operation. */
            readonly operation: string;
            /** @description X-Request-Id of the answer; in an array of JSON-RPC, or a batch, a dot and the place follow. */
            readonly requestId: string;
            readonly socketId?: string;
            /** @description The socket that the call created; the entry is in its journal too. */
            readonly createdSocketId?: string;
            readonly parameters?: JournalParameters;
            /** @description Cut lists (after 100 items) and texts (after 256 characters). */
            readonly cutParameters?: readonly string[];
            readonly outcome: CallOutcome;
            /**
             * Format: int32
             * @description The Windows Sockets error code.
             */
            readonly code?: number;
            /** @description The name of the code. */
            readonly name?: string;
            /** @description The name of the refusal; see /problems. */
            readonly refusal?: string;
            /**
             * Format: int32
             * @description Bytes taken by the stack.
             */
            readonly bytesSent?: number;
            /**
             * Format: int32
             * @description Bytes received.
             */
            readonly bytesReceived?: number;
            /** @description The end of the peer's stream was received. */
            readonly eof?: boolean;
            readonly stateBefore?: SocketState;
            readonly stateAfter?: SocketState;
            /**
             * Format: int64
             * @description Microseconds in native calls and their surroundings.
             */
            readonly nativeUs: number;
            /**
             * Format: int64
             * @description Microseconds waited.
             */
            readonly waitUs: number;
            /** @description The ids of the faults that acted on it. */
            readonly faults?: readonly string[];
            readonly invented?: JournalInvention;
            /** @description The faults that the call armed, in its order. */
            readonly armedFaultIds?: readonly string[];
            /** @description The offer that conditionalAccept showed. */
            readonly offerId?: string;
            readonly localAddress?: SocketAddress;
            readonly remoteAddress?: SocketAddress;
            /** @description The answer was not delivered: what the call took went back, unless `collected`. */
            readonly undelivered?: boolean;
            /** @description It was lost with those of other calls: what it took did not go back. */
            readonly collected?: boolean;
            readonly data?: Bytes;
        };
        /** @description An answer that a fault made. */
        readonly JournalInvention: {
            /** @description The fault that made the answer. */
            readonly faultId: string;
            readonly effect: FaultEffect;
            /**
             * Format: int32
             * @description How the real call ended: 0 or its code. Absent: it was not made.
             */
            readonly realCode?: number;
        };
        /** @description The parameters; a buffer is `{ "len": n }`, with `given` if as many came. Absent: not valid. */
        readonly JournalParameters: {
            readonly [key: string]: unknown;
        };
        /** @description struct tcp_keepalive. */
        readonly KeepAlive: {
            /** @description Whether keep-alive probes are sent. */
            readonly onoff: boolean;
            /**
             * Format: int64
             * @description Milliseconds of silence before the first probe.
             */
            readonly keepalivetime: number;
            /**
             * Format: int64
             * @description Milliseconds between unanswered probes.
             */
            readonly keepaliveinterval: number;
        };
        /** @description The clock as it is now. */
        readonly LabClock: {
            /**
             * Format: int64
             * @description The network's time: milliseconds since it began.
             */
            readonly timeMs: number;
            /**
             * Format: int32
             * @description How many events became due and ran.
             */
            readonly ran: number;
        };
        /** @description The link as it is now. */
        readonly LabLink: {
            /**
             * Format: int32
             * @description Milliseconds from one end to the other; 0: none.
             */
            readonly latencyMs: number;
            /**
             * Format: int64
             * @description Bytes a second, all traffic together; 0: no limit.
             */
            readonly bytesPerSecond: number;
            /**
             * Format: double
             * @description The probability that a datagram is lost; streams lose nothing.
             */
            readonly loss: number;
            /**
             * Format: int64
             * @description Seed of the loss: same seed, same datagrams, same losses.
             */
            readonly seed: number;
            /** @description Nothing passes: datagrams vanish, connects stay pending, streams stall until it heals. */
            readonly partition: boolean;
        };
        /** @description The last error of a session. */
        readonly LastError: {
            /**
             * Format: int32
             * @description The code of the last call that failed; 0 if none did.
             */
            readonly code: number;
            /** @description The name of the code, if it has one. */
            readonly name?: string;
        };
        /** @description struct LINGER. */
        readonly Linger: {
            /** @description Whether closesocket lingers. */
            readonly onoff: boolean;
            /**
             * Format: int32
             * @description For how many seconds; 0 resets the connection.
             */
            readonly linger: number;
        };
        /** @description Done. */
        readonly ListenResult: {
            readonly [key: string]: unknown;
        };
        /** @description struct ip_mreq, ip_mreq_source or ipv6_mreq. */
        readonly Membership: {
            /** @description The group, a numeric literal, for example `239.1.2.3` or `ff02::1234`. */
            readonly multicastAddress: string;
            /** @description An IPv4 address of the interface; not together with its index. */
            readonly interfaceAddress?: string;
            /**
             * Format: int64
             * @description The index of the interface. Without interface the system chooses.
             */
            readonly interfaceIndex?: number;
            /** @description The source, for options with ip_mreq_source only. */
            readonly sourceAddress?: string;
        };
        /**
         * @description MSG_TRUNC is `truncated`, MSG_CTRUNC `controlTruncated`; MSG_BCAST, MSG_MCAST: sent to all, a group.
         * @enum {string}
         */
        readonly MessageFlag: "MSG_TRUNC" | "MSG_CTRUNC" | "MSG_BCAST" | "MSG_MCAST";
        /**
         * @description An NI_ flag.
         * @enum {string}
         */
        readonly NameInfoFlag: "NI_NOFQDN" | "NI_NUMERICHOST" | "NI_NAMEREQD" | "NI_NUMERICSERV" | "NI_DGRAM";
        /**
         * @description iNetworkByteOrder.
         * @enum {string}
         */
        readonly NetworkByteOrder: "big" | "little";
        /** @description What happened. */
        readonly NetworkEvent: {
            readonly event: NetworkEventName;
            /**
             * Format: int32
             * @description iErrorCode; 0: success.
             */
            readonly code: number;
            /** @description The name of the code; absent for 0. */
            readonly name?: string;
        };
        /**
         * @description A network event.
         * @enum {string}
         */
        readonly NetworkEventName: "FD_READ" | "FD_WRITE" | "FD_OOB" | "FD_ACCEPT" | "FD_CONNECT" | "FD_CLOSE" | "FD_QOS" | "FD_GROUP_QOS" | "FD_ROUTING_INTERFACE_CHANGE" | "FD_ADDRESS_LIST_CHANGE";
        /**
         * @description What a failure does; `stop` without it.
         * @enum {string}
         */
        readonly OnError: "stop" | "continue" | "cleanup";
        /** @description The data of the event `operation`: a call has ended. An entry of the journal, with its session. */
        readonly OperationEvent: {
            readonly sessionId: string;
            /**
             * Format: int64
             * @description From 1, without gaps, per session, in the order in which the calls ended.
             */
            readonly sequence: number;
            /**
             * Format: int64
             * @description When the call ended: microseconds since the session began, monotonic.
             */
            readonly at: number;
            /**
             * Format: date-time
             * @description When the call ended, by the wall clock.
             */
            readonly time: string;
            /** @description The operation. */
            readonly operation: string;
            /** @description X-Request-Id of the answer; in an array of JSON-RPC, or a batch, a dot and the place follow. */
            readonly requestId: string;
            readonly socketId?: string;
            /** @description The socket that the call created; the entry is in its journal too. */
            readonly createdSocketId?: string;
            readonly parameters?: JournalParameters;
            /** @description Cut lists (after 100 items) and texts (after 256 characters). */
            readonly cutParameters?: readonly string[];
            readonly outcome: CallOutcome;
            /**
             * Format: int32
             * @description The Windows Sockets error code.
             */
            readonly code?: number;
            /** @description The name of the code. */
            readonly name?: string;
            /** @description The name of the refusal; see /problems. */
            readonly refusal?: string;
            /**
             * Format: int32
             * @description Bytes taken by the stack.
             */
            readonly bytesSent?: number;
            /**
             * Format: int32
             * @description Bytes received.
             */
            readonly bytesReceived?: number;
            /** @description The end of the peer's stream was received. */
            readonly eof?: boolean;
            readonly stateBefore?: SocketState;
            readonly stateAfter?: SocketState;
            /**
             * Format: int64
             * @description Microseconds in native calls and their surroundings.
             */
            readonly nativeUs: number;
            /**
             * Format: int64
             * @description Microseconds waited.
             */
            readonly waitUs: number;
            /** @description The ids of the faults that acted on it. */
            readonly faults?: readonly string[];
            readonly invented?: JournalInvention;
            /** @description The faults that the call armed, in its order. */
            readonly armedFaultIds?: readonly string[];
            /** @description The offer that conditionalAccept showed. */
            readonly offerId?: string;
            readonly localAddress?: SocketAddress;
            readonly remoteAddress?: SocketAddress;
            /** @description The answer was not delivered: what the call took went back, unless `collected`. */
            readonly undelivered?: boolean;
            /** @description It was lost with those of other calls: what it took did not go back. */
            readonly collected?: boolean;
            readonly data?: Bytes;
        };
        /** @description The value of a socket option: exactly the member of its type. */
        readonly OptionValue: {
            /** @description For options of type BOOL. */
            readonly boolean?: boolean;
            /**
             * Format: int64
             * @description For options of type int and DWORD.
             */
            readonly integer?: number;
            readonly linger?: Linger;
            readonly membership?: Membership;
            readonly protocolInfo?: ProtocolInfo;
        };
        /**
         * @description `failed`: some step was.
         * @enum {string}
         */
        readonly OverallOutcome: "completed" | "failed" | "cancelled";
        /** @description One thing wrong with the parameters. */
        readonly ParameterError: {
            /** @description JSON pointer into the merged parameters, for example `/address/port`. */
            readonly pointer: string;
            /** @description What is wrong there. */
            readonly detail: string;
        };
        /**
         * @description A POLL flag.
         * @enum {string}
         */
        readonly PollFlag: "POLLRDNORM" | "POLLRDBAND" | "POLLIN" | "POLLPRI" | "POLLWRNORM" | "POLLOUT" | "POLLWRBAND" | "POLLERR" | "POLLHUP" | "POLLNVAL";
        /** @description The state of the sockets. */
        readonly PollResult: {
            /**
             * Format: int32
             * @description How many sockets have flags.
             */
            readonly ready: number;
            /** @description In the order in which they were given. */
            readonly sockets: readonly PolledSocket[];
        };
        /** @description WSAPOLLFD, as asked. */
        readonly PollSocket: {
            readonly socketId: string;
            /** @description Flags to wait for: POLLRDNORM, POLLRDBAND, POLLIN, POLLWRNORM, POLLOUT. */
            readonly events: readonly PollFlag[];
        };
        /**
         * @description A POLL flag.
         * @enum {string}
         */
        readonly PolledFlag: "POLLRDNORM" | "POLLRDBAND" | "POLLPRI" | "POLLWRNORM" | "POLLWRBAND" | "POLLERR" | "POLLHUP" | "POLLNVAL";
        /** @description WSAPOLLFD, as answered. */
        readonly PolledSocket: {
            readonly socketId: string;
            /** @description The flags that are set. */
            readonly revents: readonly PolledFlag[];
        };
        /** @description A problem document (RFC 9457). Further members depend on the code. */
        readonly Problem: {
            /** @description `/problems/<name>`: the page of this problem, served by the daemon. */
            readonly type: string;
            /** @description The meaning of the code. */
            readonly title: string;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            readonly status: number;
            /** @description What happened here, and what to do about it. For people; not for parsing. */
            readonly detail: string;
            /** @description `urn:winsockd:request:<X-Request-Id>`. */
            readonly instance: string;
            /**
             * Format: int32
             * @description The Windows Sockets error code, for example 10057. Absent when the daemon itself refused.
             */
            readonly code?: number;
            /** @description The name of the code, for example `WSAENOTCONN`. */
            readonly name?: string;
            /** @description The operation. */
            readonly operation?: string;
            /** @description The Winsock function that failed. */
            readonly function?: string;
            /** @description The provider of the socket. */
            readonly provider?: string;
            /** @description The socket. */
            readonly socketId?: string;
            /** @description The session. */
            readonly sessionId?: string;
            /** @description The state of the socket after the failure. */
            readonly state?: string;
            /** @description Whether repeating the same call, unchanged, can succeed. */
            readonly retryable?: boolean;
            /** @description The operation to call first. */
            readonly hint?: string;
            /** @description The armed fault that caused it: see FaultEffect and FaultPhase. */
            readonly fault?: string;
            /** @description The capability that the provider lacks. */
            readonly capability?: string;
            /** @description Why the id is gone. */
            readonly reason?: string;
            /**
             * Format: int64
             * @description Only for sendBytes: the bytes that were sent before the failure.
             */
            readonly bytesSent?: number;
            /**
             * Format: int32
             * @description The limit that was exceeded, in bytes.
             */
            readonly limit?: number;
            /**
             * Format: int32
             * @description The length that suffices, in bytes.
             */
            readonly requiredLength?: number;
            /** @description Only for `validation`: what is wrong, and where. */
            readonly errors?: readonly ParameterError[];
        } & {
            readonly [key: string]: unknown;
        };
        /**
         * @description Protocol; with IPPROTO_IP (0) the provider chooses.
         * @enum {string}
         */
        readonly Protocol: "IPPROTO_IP" | "IPPROTO_ICMP" | "IPPROTO_IGMP" | "IPPROTO_TCP" | "IPPROTO_UDP" | "IPPROTO_IPV6" | "IPPROTO_ICMPV6";
        /** @description WSAPROTOCOL_INFO, with its flags decoded. */
        readonly ProtocolInfo: {
            readonly provider: ProviderName;
            /**
             * Format: int64
             * @description dwCatalogEntryId; unique over all providers.
             */
            readonly catalogEntryId: number;
            /** @description szProtocol. */
            readonly description: string;
            /**
             * Format: int64
             * @description dwServiceFlags1, raw.
             */
            readonly serviceFlags1: number;
            /** @description Its bits by name. */
            readonly serviceFlags: readonly ServiceFlag[];
            /**
             * Format: int64
             * @description dwProviderFlags, raw.
             */
            readonly providerFlags: number;
            /** @description Its bits by name. */
            readonly providerFlagNames: readonly ProviderFlag[];
            /** @description ProviderId, a GUID. */
            readonly providerId: string;
            /**
             * Format: int32
             * @description ProtocolChain.ChainLen: 0 layered, 1 base, more: a chain.
             */
            readonly chainLength: number;
            /**
             * Format: int32
             * @description iVersion.
             */
            readonly version: number;
            /** @description iAddressFamily: AF_ name, or the number if it has none. */
            readonly family: string;
            /**
             * Format: int32
             * @description iAddressFamily, raw.
             */
            readonly addressFamily: number;
            /** @description iSocketType: SOCK_ name, or the number if it has none. */
            readonly type: string;
            /**
             * Format: int32
             * @description iSocketType, raw.
             */
            readonly socketType: number;
            /**
             * Format: int32
             * @description iProtocol.
             */
            readonly protocol: number;
            /**
             * Format: int32
             * @description iProtocolMaxOffset.
             */
            readonly protocolMaxOffset: number;
            /**
             * Format: int32
             * @description iMaxSockAddr, bytes.
             */
            readonly maxSockAddr: number;
            /**
             * Format: int32
             * @description iMinSockAddr, bytes.
             */
            readonly minSockAddr: number;
            readonly networkByteOrder: NetworkByteOrder;
            /**
             * Format: int32
             * @description iSecurityScheme.
             */
            readonly securityScheme: number;
            /**
             * Format: int64
             * @description dwMessageSize: 0 stream, 1 depends on the MTU, 4294967295 unlimited.
             */
            readonly messageSize: number;
            /**
             * Format: int32
             * @description Most bytes of connect data; only with XP1_CONNECT_DATA. No field of Winsock.
             */
            readonly connectDataLimit?: number;
            /**
             * Format: int32
             * @description Most bytes of disconnect data; only with XP1_DISCONNECT_DATA. No field of Winsock.
             */
            readonly disconnectDataLimit?: number;
        };
        /** @description The protocol catalog. */
        readonly ProtocolList: {
            /** @description The catalog. */
            readonly protocols: readonly ProtocolInfo[];
        };
        /**
         * @description A bit of dwProviderFlags.
         * @enum {string}
         */
        readonly ProviderFlag: "PFL_MULTIPLE_PROTO_ENTRIES" | "PFL_RECOMMENDED_PROTO_ENTRY" | "PFL_HIDDEN" | "PFL_MATCHES_PROTOCOL_ZERO" | "PFL_NETWORKDIRECT_PROVIDER";
        /**
         * @description A provider of sockets.
         * @enum {string}
         */
        readonly ProviderName: "ws2_32" | "posix" | "lab";
        /**
         * @description `text` gives bytes that are UTF-8 as `text` too; others have base64 alone.
         * @enum {string}
         */
        readonly ReceivedAs: "text";
        /** @description The data of the peer, if it sent any. */
        readonly RecvDisconnectResult: {
            readonly disconnectData?: Bytes;
        };
        /**
         * @description MSG_PEEK leaves the bytes there; MSG_OOB takes the urgent byte; MSG_WAITALL waits for maxBytes bytes.
         * @enum {string}
         */
        readonly RecvFlag: "MSG_OOB" | "MSG_PEEK" | "MSG_WAITALL" | "MSG_PARTIAL";
        /** @description What was received, and from whom. */
        readonly RecvFromResult: {
            readonly data: Bytes;
            /** @description Where buffers were given, the data spread over them: as many, the last ones may be empty. */
            readonly buffers?: readonly Bytes[];
            /**
             * Format: int32
             * @description How many bytes were received.
             */
            readonly bytesReceived: number;
            /** @description The stream of the peer has ended; there will be no more. */
            readonly eof: boolean;
            /** @description The datagram was longer than the room for it; its rest is lost (WSAEMSGSIZE). */
            readonly truncated: boolean;
            readonly address?: SocketAddress;
        };
        /**
         * @description MSG_PEEK leaves the datagram there.
         * @enum {string}
         */
        readonly RecvMsgFlag: "MSG_PEEK";
        /** @description A datagram, from whom, and what came with it. */
        readonly RecvMsgResult: {
            readonly data: Bytes;
            /** @description Where buffers were given, the data spread over them: as many, the last ones may be empty. */
            readonly buffers?: readonly Bytes[];
            /**
             * Format: int32
             * @description How many bytes were received.
             */
            readonly bytesReceived: number;
            /** @description The datagram was longer than the room for it; its rest is lost (WSAEMSGSIZE). */
            readonly truncated: boolean;
            readonly address?: SocketAddress;
            /** @description WSAMSG.dwFlags. */
            readonly flags: readonly MessageFlag[];
            /** @description There was more control data than room; the rest is lost (WSAEMSGSIZE). */
            readonly controlTruncated: boolean;
            /** @description The control data that options ask for, in the order of the system. */
            readonly control: readonly ControlMessage[];
        };
        /** @description What was received. */
        readonly RecvResult: {
            readonly data: Bytes;
            /** @description Where buffers were given, the data spread over them: as many, the last ones may be empty. */
            readonly buffers?: readonly Bytes[];
            /**
             * Format: int32
             * @description How many bytes were received.
             */
            readonly bytesReceived: number;
            /** @description The stream of the peer has ended; there will be no more. */
            readonly eof: boolean;
            /** @description The datagram was longer than the room for it; its rest is lost (WSAEMSGSIZE). */
            readonly truncated: boolean;
        };
        /**
         * @description The sockets that a relay accepts, or those that connect.
         * @enum {string}
         */
        readonly RelayEnd: "client" | "upstream";
        /** @description The data of the event `relay`: of a relay or, with `pair`, of one pair. */
        readonly RelayEvent: {
            readonly sessionId: string;
            readonly socketId?: string;
            readonly relayId: string;
            readonly change: Change;
            /**
             * Format: int32
             * @description The number of the pair.
             */
            readonly pair?: number;
            /**
             * Format: int32
             * @description The code that reset the pair.
             */
            readonly code?: number;
            /** @description What the daemon refused, in place of a code. */
            readonly refusal?: string;
        };
        /** @description As FaultRule, for one end of a relay. */
        readonly RelayFault: {
            readonly end: RelayEnd;
            /**
             * Format: int32
             * @description Only the n-th pair of the relay.
             */
            readonly nthConnection?: number;
            readonly operation?: FaultOperation;
            /**
             * Format: int32
             * @description Hits only the n-th matching call.
             */
            readonly nth?: number;
            /**
             * Format: int32
             * @description Hits every n-th matching call.
             */
            readonly every?: number;
            /**
             * Format: double
             * @description Hits each matching call with this probability.
             */
            readonly probability?: number;
            /**
             * Format: int64
             * @description With `probability`, `latency`: same seed, same calls, same hits. 0 without it.
             */
            readonly seed?: number;
            /**
             * Format: int32
             * @description Hits calls of a stream after exactly so many bytes in their direction; the call before is cut short.
             */
            readonly afterBytes?: number;
            readonly effect: FaultEffect;
            readonly code?: FaultCode;
            readonly phase?: FaultPhase;
            /**
             * Format: int32
             * @description With `delay` (below the wait limit of the daemon) and `slowClose`: milliseconds.
             */
            readonly delayMs?: number;
            /**
             * Format: int32
             * @description With `slice` and `limit`: bytes.
             */
            readonly bytes?: number;
            /**
             * Format: int32
             * @description With `freeze`: milliseconds.
             */
            readonly freezeMs?: number;
            /**
             * Format: int32
             * @description With `bandwidth`: bytes per second.
             */
            readonly bytesPerSecond?: number;
            /**
             * Format: int32
             * @description With `latency`: milliseconds.
             */
            readonly latencyMs?: number;
            /**
             * Format: int32
             * @description With `latency`: up to so many milliseconds more or less, drawn by `seed`.
             */
            readonly jitterMs?: number;
            readonly then?: FaultThen;
            /**
             * Format: int32
             * @description How often it hits at most.
             */
            readonly times?: number;
            /**
             * Format: int32
             * @description Milliseconds after which it hits no more.
             */
            readonly expiresMs?: number;
        };
        /** @description A relay with its counters. */
        readonly RelayInfo: {
            readonly relayId: string;
            readonly sessionId: string;
            readonly socketId: string;
            readonly state: RelayState;
            readonly upstream: SocketAddress;
            /**
             * Format: int32
             * @description Most pairs at once; further connections wait in the queue.
             */
            readonly maxConnections: number;
            /** @description The ids of its faults, in their order. */
            readonly faultIds: readonly string[];
            /**
             * Format: int32
             * @description Pairs so far.
             */
            readonly accepted: number;
            /**
             * Format: int32
             * @description Pairs that are open.
             */
            readonly openPairs: number;
            /**
             * Format: int64
             * @description Bytes that the upstream sockets have taken.
             */
            readonly bytesToUpstream: number;
            /**
             * Format: int64
             * @description Bytes that the accepted sockets have taken.
             */
            readonly bytesToClient: number;
            /** @description The newest 100 that have ended, then the open ones. Absent in a list. */
            readonly pairs?: readonly RelayPair[];
            /**
             * Format: date-time
             * @description When it began.
             */
            readonly createdAt: string;
        };
        /** @description Relays. */
        readonly RelayList: {
            /** @description All of them: each has a listener of its own. */
            readonly relays: readonly RelayInfo[];
        };
        /** @description An accepted connection, and the one that is made for it. */
        readonly RelayPair: {
            /**
             * Format: int32
             * @description From 1, in the order in which they were accepted.
             */
            readonly number: number;
            readonly state: RelayPairState;
            readonly clientSocketId?: string;
            readonly upstreamSocketId?: string;
            readonly clientAddress?: SocketAddress;
            /**
             * Format: int64
             * @description Bytes that the upstream sockets have taken.
             */
            readonly bytesToUpstream: number;
            /**
             * Format: int64
             * @description Bytes that the accepted sockets have taken.
             */
            readonly bytesToClient: number;
            /**
             * Format: int32
             * @description The code of the call that failed, if one has reset it.
             */
            readonly code?: number;
            /** @description The name of the code. */
            readonly name?: string;
            /** @description The function that failed. */
            readonly call?: string;
            /** @description What the daemon refused, in place of a code. */
            readonly refusal?: string;
            /**
             * Format: date-time
             * @description When it was accepted.
             */
            readonly openedAt: string;
            /**
             * Format: date-time
             * @description When it ended.
             */
            readonly endedAt?: string;
        };
        /**
         * @description `closed`: after the ends of both streams; `reset`: both ends were reset.
         * @enum {string}
         */
        readonly RelayPairState: "open" | "closed" | "reset";
        /**
         * @description `paused`: connections wait in the queue of the listener; `finishing`: it accepts no more.
         * @enum {string}
         */
        readonly RelayState: "running" | "paused" | "finishing" | "ended";
        /** @description What has ended. */
        readonly ResetSessionResult: {
            /**
             * Format: int32
             * @description How many faults, with those of relays.
             */
            readonly faults: number;
            /**
             * Format: int32
             * @description How many relays.
             */
            readonly relays: number;
        };
        /** @description The sockets that are ready; all empty at the limit. */
        readonly SelectResult: {
            /** @description Those that are readable. */
            readonly read: readonly string[];
            /** @description Those that are writable. */
            readonly write: readonly string[];
            /** @description Those with urgent data, or a connect that failed. */
            readonly except: readonly string[];
        };
        /** @description Done. */
        readonly SendDisconnectResult: {
            readonly [key: string]: unknown;
        };
        /**
         * @description MSG_OOB makes the last byte urgent; MSG_PARTIAL is for providers with XP1_PARTIAL_MESSAGE.
         * @enum {string}
         */
        readonly SendFlag: "MSG_OOB" | "MSG_DONTROUTE" | "MSG_PARTIAL";
        /** @description Bytes taken by the stack; they may not have arrived yet. */
        readonly SendResult: {
            /**
             * Format: int32
             * @description How many bytes were taken; fewer than given if something ended the call.
             */
            readonly bytesSent: number;
        };
        /**
         * @description A bit of dwServiceFlags1.
         * @enum {string}
         */
        readonly ServiceFlag: "XP1_CONNECTIONLESS" | "XP1_GUARANTEED_DELIVERY" | "XP1_GUARANTEED_ORDER" | "XP1_MESSAGE_ORIENTED" | "XP1_PSEUDO_STREAM" | "XP1_GRACEFUL_CLOSE" | "XP1_EXPEDITED_DATA" | "XP1_CONNECT_DATA" | "XP1_DISCONNECT_DATA" | "XP1_SUPPORT_BROADCAST" | "XP1_SUPPORT_MULTIPOINT" | "XP1_MULTIPOINT_CONTROL_PLANE" | "XP1_MULTIPOINT_DATA_PLANE" | "XP1_QOS_SUPPORTED" | "XP1_INTERRUPT" | "XP1_UNI_SEND" | "XP1_UNI_RECV" | "XP1_IFS_HANDLES" | "XP1_PARTIAL_MESSAGE" | "XP1_SAN_SUPPORT_SDP";
        /** @description The data of the event `session`. */
        readonly SessionEvent: {
            readonly sessionId: string;
            readonly change: Change;
            readonly reason?: EndReason;
        };
        /** @description A session, as the daemon sees it. */
        readonly SessionInfo: {
            readonly sessionId: string;
            /** @description The negotiated Winsock version. */
            readonly version: string;
            /**
             * Format: int32
             * @description startup calls without a cleanup; 0: not initialised.
             */
            readonly startups: number;
            /**
             * Format: int32
             * @description How long it lives unused, in seconds.
             */
            readonly leaseSeconds: number;
            /**
             * Format: date-time
             * @description When it ends if it is not used.
             */
            readonly leaseExpiresAt: string;
            /**
             * Format: int32
             * @description How many sockets it has.
             */
            readonly sockets: number;
            /**
             * Format: int32
             * @description How many relays it has.
             */
            readonly relays: number;
            /**
             * Format: int32
             * @description How many of its calls are pending, without this one.
             */
            readonly pendingCalls: number;
            /** @description The named lab network it joined. */
            readonly labNetwork?: string;
            /**
             * Format: date-time
             * @description When it began.
             */
            readonly createdAt: string;
        };
        /** @description A page of the journal of a session. */
        readonly SessionJournal: {
            /**
             * Format: int64
             * @description When the session began, µs of a clock that all sessions share; plus `at` it orders their calls.
             */
            readonly beganAt: number;
            readonly endReason?: EndReason;
            /**
             * Format: int64
             * @description When it ended: microseconds since it began.
             */
            readonly endedAt?: number;
            /** @description One page, oldest first. */
            readonly entries: readonly JournalEntry[];
            /**
             * Format: int64
             * @description How many older entries were dropped.
             */
            readonly dropped: number;
            /**
             * Format: int64
             * @description The `after` of the next page: the sequence of the last entry given.
             */
            readonly nextAfter: number;
            /**
             * Format: int64
             * @description How many journals of its ended sockets were dropped, the oldest first.
             */
            readonly forgottenSockets: number;
        };
        /** @description A page of sessions. */
        readonly SessionList: {
            /** @description One page. */
            readonly sessions: readonly SessionInfo[];
            /** @description Where the next page begins; absent on the last. */
            readonly nextCursor?: string;
        };
        /** @description Done. */
        readonly SetSockOptResult: {
            readonly [key: string]: unknown;
        };
        /**
         * @description Which direction to stop.
         * @enum {string}
         */
        readonly ShutdownHow: "SD_RECEIVE" | "SD_SEND" | "SD_BOTH";
        /** @description Done. */
        readonly ShutdownResult: {
            readonly [key: string]: unknown;
        };
        /** @description A numeric endpoint, or a path. getAddrInfo resolves names; there are no abstract AF_UNIX addresses. */
        readonly SocketAddress: {
            readonly family: EndpointFamily;
            /** @description AF_INET and AF_INET6, required: numeric literal, for example `127.0.0.1` or `::1`. */
            readonly address?: string;
            /**
             * Format: int32
             * @description AF_INET and AF_INET6, required: port number, host order.
             */
            readonly port?: number;
            /**
             * Format: int64
             * @description AF_INET6 only: sin6_scope_id.
             */
            readonly scopeId?: number;
            /**
             * Format: int64
             * @description AF_INET6 only: sin6_flowinfo.
             */
            readonly flowInfo?: number;
            /** @description AF_UNIX, required: sun_path, 1 to 107 bytes of UTF-8, no NUL. In a result empty: no name. */
            readonly path?: string;
        };
        /** @description A socket, as the daemon sees it. */
        readonly SocketInfo: {
            readonly socketId: string;
            readonly sessionId: string;
            readonly provider: ProviderName;
            /**
             * Format: int64
             * @description Its entry of the protocol catalog.
             */
            readonly catalogEntryId: number;
            /** @description AF_ name, or the number if it has none. */
            readonly family: string;
            /** @description SOCK_ name, or the number if it has none. */
            readonly type: string;
            /**
             * Format: int32
             * @description The protocol number.
             */
            readonly protocol: number;
            readonly state: SocketState;
            /** @description This side has shut down sending. */
            readonly sendShutdown: boolean;
            /** @description This side has shut down receiving. */
            readonly receiveShutdown: boolean;
            /** @description The end of the peer's stream was received. */
            readonly peerClosed: boolean;
            /** @description FIONBIO. */
            readonly nonBlocking: boolean;
            readonly localAddress?: SocketAddress;
            readonly remoteAddress?: SocketAddress;
            /** @description The relay that moves its bytes. */
            readonly relayId?: string;
            /**
             * Format: date-time
             * @description When it was opened.
             */
            readonly createdAt: string;
        };
        /** @description A page of the journal of a socket, and its facts. */
        readonly SocketJournal: {
            readonly socketId: string;
            readonly sessionId: string;
            /** @description The Winsock version of its session. */
            readonly version: string;
            /**
             * Format: int64
             * @description When the session began, µs of a clock that all sessions share; plus `at` it orders their calls.
             */
            readonly beganAt: number;
            readonly provider: ProviderName;
            /** @description AF_ name, or the number if it has none. */
            readonly family: string;
            /** @description SOCK_ name, or the number if it has none. */
            readonly type: string;
            readonly localAddress?: SocketAddress;
            readonly remoteAddress?: SocketAddress;
            readonly endReason?: EndReason;
            /**
             * Format: int64
             * @description When it ended: microseconds since the session began.
             */
            readonly endedAt?: number;
            readonly connectionEnd?: ConnectionEnd;
            /**
             * Format: int32
             * @description How many bytes were unread when the connection ended.
             */
            readonly unreadBytes?: number;
            /** @description One page, oldest first. */
            readonly entries: readonly JournalEntry[];
            /**
             * Format: int64
             * @description How many older entries were dropped.
             */
            readonly dropped: number;
            /**
             * Format: int64
             * @description The `after` of the next page: the sequence of the last entry given.
             */
            readonly nextAfter: number;
            /**
             * Format: int64
             * @description How many entries have lost their payload.
             */
            readonly droppedPayloads: number;
        };
        /** @description A page of sockets. */
        readonly SocketList: {
            /** @description One page. */
            readonly sockets: readonly SocketInfo[];
            /** @description Where the next page begins; absent on the last. */
            readonly nextCursor?: string;
        };
        /** @description The socket. */
        readonly SocketResult: {
            readonly socketId: string;
            readonly state: SocketState;
            /** @description The ids of the faults given, in their order. */
            readonly faultIds?: readonly string[];
        };
        /**
         * @description The state of a socket.
         * @enum {string}
         */
        readonly SocketState: "fresh" | "bound" | "listening" | "connecting" | "connected" | "reset" | "closed";
        /**
         * @description Socket type.
         * @enum {string}
         */
        readonly SocketType: "SOCK_STREAM" | "SOCK_DGRAM" | "SOCK_RAW" | "SOCK_RDM" | "SOCK_SEQPACKET";
        /** @description The session. */
        readonly StartupResult: {
            readonly sessionId: string;
            /** @description Whether the session is new. */
            readonly created: boolean;
            /**
             * Format: int32
             * @description Start-ups of the session without a cleanup, with this one.
             */
            readonly startupCount: number;
            /** @description wVersion: the version granted. */
            readonly version: string;
            /** @description wHighVersion: the highest version there is. */
            readonly highVersion: string;
            /**
             * Format: date-time
             * @description When it ends if it is not used.
             */
            readonly leaseExpiresAt: string;
            /** @description The ids of the faults given, in their order. */
            readonly faultIds?: readonly string[];
        };
        /** @description The data of the event `state`: the state of a socket changed. */
        readonly StateEvent: {
            readonly sessionId: string;
            readonly socketId: string;
            readonly from: SocketState;
            readonly to: SocketState;
        };
        /**
         * @description `expected`: failed as `expectError` says.
         * @enum {string}
         */
        readonly StepOutcome: "ok" | "expected" | "failed" | "skipped" | "cancelled";
        /** @description The data of the event `undelivered`: what the call took went back, unless `collected`. */
        readonly UndeliveredEvent: {
            readonly sessionId: string;
            readonly socketId?: string;
            /**
             * Format: int64
             * @description The journal entry whose answer was not delivered.
             */
            readonly sequence: number;
            /** @description As in the journal. */
            readonly collected?: boolean;
        };
    };
}
export type Operations = components['schemas']['Operations'];
export type About = components['schemas']['About'];
export type AboutClock = components['schemas']['AboutClock'];
export type AboutLimits = components['schemas']['AboutLimits'];
export type AcceptCondition = components['schemas']['AcceptCondition'];
export type AcceptResult = components['schemas']['AcceptResult'];
export type AddrInfo = components['schemas']['AddrInfo'];
export type AddrInfoFlag = components['schemas']['AddrInfoFlag'];
export type AddressFamily = components['schemas']['AddressFamily'];
export type AddressResult = components['schemas']['AddressResult'];
export type BatchMembers = components['schemas']['BatchMembers'];
export type BatchResult = components['schemas']['BatchResult'];
export type BatchStep = components['schemas']['BatchStep'];
export type BatchStepResult = components['schemas']['BatchStepResult'];
export type BindResult = components['schemas']['BindResult'];
export type Buffer = components['schemas']['Buffer'];
export type Bytes = components['schemas']['Bytes'];
export type CallOutcome = components['schemas']['CallOutcome'];
export type CancelResult = components['schemas']['CancelResult'];
export type Capture = components['schemas']['Capture'];
export type Change = components['schemas']['Change'];
export type CleanupResult = components['schemas']['CleanupResult'];
export type CloseResult = components['schemas']['CloseResult'];
export type CompatibilityMode = components['schemas']['CompatibilityMode'];
export type ConditionalAcceptResult = components['schemas']['ConditionalAcceptResult'];
export type ConnectResult = components['schemas']['ConnectResult'];
export type ConnectionEnd = components['schemas']['ConnectionEnd'];
export type ControlMessage = components['schemas']['ControlMessage'];
export type ControlType = components['schemas']['ControlType'];
export type DuplicateResult = components['schemas']['DuplicateResult'];
export type EndOfPairs = components['schemas']['EndOfPairs'];
export type EndReason = components['schemas']['EndReason'];
export type EndSessionResult = components['schemas']['EndSessionResult'];
export type EndpointFamily = components['schemas']['EndpointFamily'];
export type EnumNetworkEventsResult = components['schemas']['EnumNetworkEventsResult'];
export type EventKind = components['schemas']['EventKind'];
export type EventSelectResult = components['schemas']['EventSelectResult'];
export type FaultCode = components['schemas']['FaultCode'];
export type FaultEffect = components['schemas']['FaultEffect'];
export type FaultInfo = components['schemas']['FaultInfo'];
export type FaultList = components['schemas']['FaultList'];
export type FaultOperation = components['schemas']['FaultOperation'];
export type FaultPhase = components['schemas']['FaultPhase'];
export type FaultRule = components['schemas']['FaultRule'];
export type FaultThen = components['schemas']['FaultThen'];
export type GapEvent = components['schemas']['GapEvent'];
export type GetAddrInfoResult = components['schemas']['GetAddrInfoResult'];
export type GetNameInfoResult = components['schemas']['GetNameInfoResult'];
export type GetSockOptResult = components['schemas']['GetSockOptResult'];
export type InitialRto = components['schemas']['InitialRto'];
export type InternetFamily = components['schemas']['InternetFamily'];
export type IoctlName = components['schemas']['IoctlName'];
export type IoctlResult = components['schemas']['IoctlResult'];
export type JournalEntry = components['schemas']['JournalEntry'];
export type JournalInvention = components['schemas']['JournalInvention'];
export type JournalParameters = components['schemas']['JournalParameters'];
export type KeepAlive = components['schemas']['KeepAlive'];
export type LabClock = components['schemas']['LabClock'];
export type LabLink = components['schemas']['LabLink'];
export type LastError = components['schemas']['LastError'];
export type Linger = components['schemas']['Linger'];
export type ListenResult = components['schemas']['ListenResult'];
export type Membership = components['schemas']['Membership'];
export type MessageFlag = components['schemas']['MessageFlag'];
export type NameInfoFlag = components['schemas']['NameInfoFlag'];
export type NetworkByteOrder = components['schemas']['NetworkByteOrder'];
export type NetworkEvent = components['schemas']['NetworkEvent'];
export type NetworkEventName = components['schemas']['NetworkEventName'];
export type OnError = components['schemas']['OnError'];
export type OperationEvent = components['schemas']['OperationEvent'];
export type OptionValue = components['schemas']['OptionValue'];
export type OverallOutcome = components['schemas']['OverallOutcome'];
export type ParameterError = components['schemas']['ParameterError'];
export type PollFlag = components['schemas']['PollFlag'];
export type PollResult = components['schemas']['PollResult'];
export type PollSocket = components['schemas']['PollSocket'];
export type PolledFlag = components['schemas']['PolledFlag'];
export type PolledSocket = components['schemas']['PolledSocket'];
export type Problem = components['schemas']['Problem'];
export type Protocol = components['schemas']['Protocol'];
export type ProtocolInfo = components['schemas']['ProtocolInfo'];
export type ProtocolList = components['schemas']['ProtocolList'];
export type ProviderFlag = components['schemas']['ProviderFlag'];
export type ProviderName = components['schemas']['ProviderName'];
export type ReceivedAs = components['schemas']['ReceivedAs'];
export type RecvDisconnectResult = components['schemas']['RecvDisconnectResult'];
export type RecvFlag = components['schemas']['RecvFlag'];
export type RecvFromResult = components['schemas']['RecvFromResult'];
export type RecvMsgFlag = components['schemas']['RecvMsgFlag'];
export type RecvMsgResult = components['schemas']['RecvMsgResult'];
export type RecvResult = components['schemas']['RecvResult'];
export type RelayEnd = components['schemas']['RelayEnd'];
export type RelayEvent = components['schemas']['RelayEvent'];
export type RelayFault = components['schemas']['RelayFault'];
export type RelayInfo = components['schemas']['RelayInfo'];
export type RelayList = components['schemas']['RelayList'];
export type RelayPair = components['schemas']['RelayPair'];
export type RelayPairState = components['schemas']['RelayPairState'];
export type RelayState = components['schemas']['RelayState'];
export type ResetSessionResult = components['schemas']['ResetSessionResult'];
export type SelectResult = components['schemas']['SelectResult'];
export type SendDisconnectResult = components['schemas']['SendDisconnectResult'];
export type SendFlag = components['schemas']['SendFlag'];
export type SendResult = components['schemas']['SendResult'];
export type ServiceFlag = components['schemas']['ServiceFlag'];
export type SessionEvent = components['schemas']['SessionEvent'];
export type SessionInfo = components['schemas']['SessionInfo'];
export type SessionJournal = components['schemas']['SessionJournal'];
export type SessionList = components['schemas']['SessionList'];
export type SetSockOptResult = components['schemas']['SetSockOptResult'];
export type ShutdownHow = components['schemas']['ShutdownHow'];
export type ShutdownResult = components['schemas']['ShutdownResult'];
export type SocketAddress = components['schemas']['SocketAddress'];
export type SocketInfo = components['schemas']['SocketInfo'];
export type SocketJournal = components['schemas']['SocketJournal'];
export type SocketList = components['schemas']['SocketList'];
export type SocketResult = components['schemas']['SocketResult'];
export type SocketState = components['schemas']['SocketState'];
export type SocketType = components['schemas']['SocketType'];
export type StartupResult = components['schemas']['StartupResult'];
export type StateEvent = components['schemas']['StateEvent'];
export type StepOutcome = components['schemas']['StepOutcome'];
export type UndeliveredEvent = components['schemas']['UndeliveredEvent'];
