using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>
    /// A socket of a session: what <see cref="WinsockClient"/>, <see cref="WinsockListener"/> and
    /// <see cref="WinsockUdpClient"/> have in common.
    /// </summary>
    public abstract class WinsockSocket : IDisposable, IIdentified
    {
        private string _id;
        private int _isClosed;

        internal WinsockSocket(WinsockSession session, string id = null)
        {
            Session = session ?? throw new ArgumentNullException(nameof(session));
            _id = id;
        }

        /// <summary>The session that owns it.</summary>
        public WinsockSession Session { get; }

        /// <summary>The id, sck_... It has one once it is open.</summary>
        /// <exception cref="InvalidOperationException">It has not been opened.</exception>
        public string Id => _id ?? throw new InvalidOperationException("the socket is not open yet");

        /// <summary>Whether it was opened, and not closed here since.</summary>
        public bool IsOpen => _id != null && _isClosed == 0;

        /// <summary>SOCK_STREAM or SOCK_DGRAM.</summary>
        internal abstract string SocketType { get; }

        /// <summary>
        /// Opens the socket (WSASocket). Connecting and starting do it by themselves; it is for faults and options that
        /// must be there before.
        /// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasocketw
        /// </summary>
        /// <param name="family">InterNetwork or InterNetworkV6.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task OpenAsync(
            AddressFamily family = AddressFamily.InterNetwork,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            ThrowIfClosed();
            if (_id != null) throw new InvalidOperationException("the socket is open already");
            return OpenCoreAsync(family, cancellationToken);
        }

        /// <summary>Makes a call of this socket. See <see cref="WinsockRig.CallAsync"/>.</summary>
        /// <param name="operation">Such as ioctl.</param>
        /// <param name="parameters">Without socketId.</param>
        /// <param name="cancellationToken">Ends the call at the daemon.</param>
        public Task<IReadOnlyDictionary<string, object>> CallAsync(
            string operation, object parameters = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            return CallCoreAsync(operation, parameters, cancellationToken);
        }

        /// <summary>What the daemon knows of the socket: state, family, addresses (getSocket).</summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task<IReadOnlyDictionary<string, object>> InfoAsync(
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return CallAsync("getSocket", null, cancellationToken);
        }

        /// <summary>
        /// The value of a socket option: <see cref="bool"/>, <see cref="long"/>, or a dictionary for a structure.
        /// https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-getsockopt
        /// </summary>
        /// <param name="level">Such as SOL_SOCKET.</param>
        /// <param name="name">Such as SO_RCVBUF.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        public async Task<object> GetOptionAsync(
            string level, string name, CancellationToken cancellationToken = default(CancellationToken))
        {
            var answer = await CallAsync("getSockOpt", new { level, name }, cancellationToken).ConfigureAwait(false);
            foreach (var member in (IReadOnlyDictionary<string, object>)answer["value"]) return member.Value;
            throw new InvalidDataException("the answer has no value");
        }

        /// <summary>
        /// Sets a socket option.
        /// https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-setsockopt
        /// </summary>
        /// <param name="level">Such as IPPROTO_TCP.</param>
        /// <param name="name">Such as TCP_NODELAY.</param>
        /// <param name="value">A <see cref="bool"/>, an <see cref="int"/>, or a <see cref="LingerOption"/>.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task SetOptionAsync(
            string level, string name, object value, CancellationToken cancellationToken = default(CancellationToken))
        {
            return CallAsync("setSockOpt", new { level, name, value = OptionValue(value) }, cancellationToken);
        }

        /// <summary>Arms a rule that hits this socket alone. docs/faults.md has the effects.</summary>
        /// <param name="rule">What it does, and to which calls.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task<WinsockFault> ArmFaultAsync(
            WinsockFaultRule rule, CancellationToken cancellationToken = default(CancellationToken))
        {
            return WinsockFault.ArmAsync(Session, Id, rule, cancellationToken);
        }

        /// <summary>Every call of the socket with its outcome, the oldest first; also after it was closed.</summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>Entries as docs/journal-and-events.md has them.</returns>
        public Task<IReadOnlyList<IReadOnlyDictionary<string, object>>> JournalAsync(
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Journals.ReadAsync(Session.Rig, "getSocketJournal", "socketId", Id, cancellationToken);
        }

        /// <summary>
        /// A pcapng file of the connection, made from the journal. It has payload if the session was begun with
        /// <see cref="WinsockSessionOptions.Capture"/>.
        /// </summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task<byte[]> CaptureAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            return Session.Rig.Http.GetAsync($"/v1/sockets/{Id}/journal.pcapng", Session.Rig.Patience, cancellationToken);
        }

        /// <summary>
        /// Closes the socket (closesocket): calls that wait on it end with WSAEINTR. It waits as SO_LINGER says.
        /// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-closesocket
        /// </summary>
        public Task CloseAsync() => CloseCoreAsync(CancellationToken.None);

        /// <summary>As <see cref="CloseAsync"/>, and waits for it.</summary>
        public void Close() => CloseCoreAsync(Waiting.Blocking).GetAwaiter().GetResult();

        /// <summary>As <see cref="Close"/>. A socket that has ended by itself is no failure.</summary>
        public void Dispose()
        {
            try
            {
                Close();
            }
            catch (Exception error) when (error is SocketException || error is IOException)
            {
                // It has ended by itself, or with its session or daemon.
            }
        }

        /// <summary>Makes a call that may wait. timeout: in milliseconds, or <see cref="Timeout.Infinite"/>.</summary>
        internal Task<IReadOnlyDictionary<string, object>> WaitCallAsync(
            string operation, object parameters, int timeout, Waiting waiting)
        {
            ThrowIfClosed();
            return Session.WaitCallAsync(operation, WithId(parameters), timeout, waiting);
        }

        /// <summary>As <see cref="CallAsync"/>.</summary>
        internal Task<IReadOnlyDictionary<string, object>> CallCoreAsync(string operation, object parameters, Waiting waiting)
        {
            return Session.Rig.CallPatientlyAsync(operation, WithId(parameters), Session.Rig.Patience, waiting);
        }

        /// <summary>Opens the socket, unless it is open. Returns whether it has.</summary>
        internal async Task<bool> EnsureOpenAsync(AddressFamily family, Waiting waiting)
        {
            ThrowIfClosed();
            if (_id != null) return false;
            await OpenCoreAsync(family, waiting).ConfigureAwait(false);
            return true;
        }

        internal void ThrowIfClosed()
        {
            if (_isClosed != 0) throw new ObjectDisposedException(GetType().Name);
        }

        /// <summary>Closes the socket of an attempt that has failed. The next one opens another.</summary>
        internal async Task AbandonAsync(Waiting waiting)
        {
            try
            {
                await CallCoreAsync("close", null, waiting.Blocks ? waiting : CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception error) when (error is SocketException || error is IOException)
            {
                // What ended the attempt is said, not this.
            }
            _id = null;
        }

        /// <summary>The local or the remote address, as <c>getSockName</c> or <c>getPeerName</c> say.</summary>
        internal async Task<IPEndPoint> EndPointAsync(string operation, CancellationToken token)
        {
            var answer = await CallAsync(operation, null, token).ConfigureAwait(false);
            return Addresses.FromWire(answer["address"]);
        }

        private static object OptionValue(object value)
        {
            if (value is bool) return new { boolean = value };
            if (value is int || value is long || value is uint) return new { integer = value };
            if (value is LingerOption linger)
                return new { linger = new { onoff = linger.Enabled, linger = linger.LingerTime } };
            return value; // as the daemon has it, such as new { membership = ... }
        }

        private async Task OpenCoreAsync(AddressFamily family, Waiting waiting)
        {
            var parameters = new
            {
                family = Addresses.FamilyName(family),
                type = SocketType,
                provider = Session.Provider,
                capture = Session.CaptureLimit,
            };
            var answer = await Session.CallCoreAsync("socket", parameters, waiting).ConfigureAwait(false);
            // After this, whoever closes it sees the id, or is seen here.
            Interlocked.Exchange(ref _id, (string)answer["socketId"]);
            if (_isClosed == 0) return;
            await AbandonAsync(waiting).ConfigureAwait(false);
            ThrowIfClosed();
        }

        private async Task CloseCoreAsync(Waiting waiting)
        {
            if (Interlocked.Exchange(ref _isClosed, 1) != 0 || _id == null || Session.IsEnded) return;
            await Session.WaitCallAsync("close", WithId(null), Timeout.Infinite, waiting).ConfigureAwait(false);
        }

        private Dictionary<string, object> WithId(object parameters)
        {
            var members = Json.MembersOf(parameters);
            members["socketId"] = Id;
            return members;
        }
    }
}
