using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>A listening TCP socket of a session, with the members of <see cref="TcpListener"/>.</summary>
    public sealed class WinsockListener : WinsockSocket
    {
        private readonly IPEndPoint _wanted;
        private IPEndPoint _bound;

        /// <summary>A listener that has not been started.</summary>
        /// <param name="session">Owns its socket.</param>
        /// <param name="localEndPoint">Where it will listen.</param>
        public WinsockListener(WinsockSession session, IPEndPoint localEndPoint)
            : base(session)
        {
            _wanted = localEndPoint ?? throw new ArgumentNullException(nameof(localEndPoint));
        }

        /// <summary>A listener that has not been started.</summary>
        /// <param name="session">Owns its socket.</param>
        /// <param name="address">Where it will listen.</param>
        /// <param name="port">0 lets the system choose one.</param>
        public WinsockListener(WinsockSession session, IPAddress address, int port)
            : this(session, new IPEndPoint(address, port))
        {
        }

        /// <summary>Where it listens; before it is started, where it will.</summary>
        public IPEndPoint LocalEndpoint => _bound ?? _wanted;

        internal override string SocketType => "SOCK_STREAM";

        /// <summary>
        /// Begins to listen.
        /// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-listen
        /// </summary>
        /// <param name="backlog">How many connections may wait. Null: as many as the provider allows.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <exception cref="WinsockException">Such as AddressAlreadyInUse.</exception>
        public Task StartAsync(int? backlog = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            return StartCoreAsync(backlog, cancellationToken);
        }

        /// <summary>As <see cref="StartAsync"/>, and waits for it.</summary>
        public void Start() => StartCoreAsync(null, Waiting.Blocking).GetAwaiter().GetResult();

        /// <summary>
        /// Accepts a connection. <see cref="Stop"/> ends the wait with SocketError.Interrupted (WSAEINTR).
        /// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-accept
        /// </summary>
        /// <param name="cancellationToken">
        /// Ends the wait. A connection that was accepted all the same is returned, or waits for the next call.
        /// </param>
        public Task<WinsockClient> AcceptClientAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            return AcceptCoreAsync(cancellationToken);
        }

        /// <summary>As <see cref="AcceptClientAsync"/>, and waits for it.</summary>
        public WinsockClient AcceptClient() => AcceptCoreAsync(Waiting.Blocking).GetAwaiter().GetResult();

        /// <summary>Closes the socket. Calls that wait end.</summary>
        public void Stop() => Dispose();

        /// <summary>
        /// Joins every connection to this listening socket to one to an upstream address. docs/relay.md
        /// </summary>
        /// <param name="upstream">A numeric address.</param>
        /// <param name="options">Faults and limits; null for none.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task<WinsockRelay> StartRelayAsync(
            IPEndPoint upstream,
            WinsockRelayOptions options = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return WinsockRelay.StartAsync(this, upstream, options, cancellationToken);
        }

        private async Task StartCoreAsync(int? backlog, Waiting waiting)
        {
            var isOwn = await EnsureOpenAsync(_wanted.AddressFamily, waiting).ConfigureAwait(false);
            try
            {
                var answer = await CallCoreAsync("bind", new { address = _wanted }, waiting).ConfigureAwait(false);
                await CallCoreAsync("listen", new { backlog }, waiting).ConfigureAwait(false);
                _bound = Addresses.FromWire(answer["localAddress"]);
            }
            catch (Exception) when (isOwn)
            {
                await AbandonAsync(waiting).ConfigureAwait(false);
                throw;
            }
        }

        private async Task<WinsockClient> AcceptCoreAsync(Waiting waiting)
        {
            var answer = await WaitCallAsync("accept", null, Timeout.Infinite, waiting).ConfigureAwait(false);
            return new WinsockClient(Session, (string)answer["socketId"]);
        }
    }
}
