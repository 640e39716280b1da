using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>A TCP connection of a session, with the members of <see cref="TcpClient"/>.</summary>
    public sealed class WinsockClient : WinsockSocket
    {
        private readonly WinsockStream _stream;
        private bool _isConnected;

        /// <summary>A client that is not connected yet.</summary>
        /// <param name="session">Owns its socket.</param>
        public WinsockClient(WinsockSession session)
            : base(session)
        {
            _stream = new WinsockStream(this);
        }

        internal WinsockClient(WinsockSession session, string id)
            : base(session, id)
        {
            _stream = new WinsockStream(this);
            _isConnected = true;
        }

        /// <summary>Whether it has been connected, and not been closed here since. Only a call tells more.</summary>
        public bool Connected => _isConnected && IsOpen;

        internal override string SocketType => "SOCK_STREAM";

        /// <summary>Connects to a host. The daemon looks it up, and its addresses are tried in their order.</summary>
        /// <param name="host">A name or a numeric address.</param>
        /// <param name="port">From 1 to 65535.</param>
        /// <param name="cancellationToken">Ends the attempt.</param>
        /// <exception cref="WinsockException">Such as ConnectionRefused, or HostNotFound.</exception>
        /// <exception cref="RefusedException">The policy of the daemon does not allow the address.</exception>
        public Task ConnectAsync(
            string host, int port, CancellationToken cancellationToken = default(CancellationToken))
        {
            return ConnectHostAsync(host, port, cancellationToken);
        }

        /// <summary>
        /// Connects to an address. The socket of an attempt that fails or is cancelled is closed, unless
        /// <see cref="WinsockSocket.OpenAsync"/> has opened it.
        /// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-connect
        /// </summary>
        /// <param name="endPoint">Where to.</param>
        /// <param name="cancellationToken">Ends the attempt.</param>
        public Task ConnectAsync(
            IPEndPoint endPoint, CancellationToken cancellationToken = default(CancellationToken))
        {
            return ConnectCoreAsync(endPoint, cancellationToken);
        }

        /// <summary>As <see cref="ConnectAsync(string, int, CancellationToken)"/>, and waits for it.</summary>
        /// <param name="host">A name or a numeric address.</param>
        /// <param name="port">From 1 to 65535.</param>
        public void Connect(string host, int port)
        {
            ConnectHostAsync(host, port, Waiting.Blocking).GetAwaiter().GetResult();
        }

        /// <summary>As <see cref="ConnectAsync(IPEndPoint, CancellationToken)"/>, and waits for it.</summary>
        /// <param name="endPoint">Where to.</param>
        public void Connect(IPEndPoint endPoint) => ConnectCoreAsync(endPoint, Waiting.Blocking).GetAwaiter().GetResult();

        /// <summary>The bytes of the connection. Closing the stream closes the client.</summary>
        /// <exception cref="InvalidOperationException">It is not connected.</exception>
        public WinsockStream GetStream()
        {
            ThrowIfClosed();
            if (!_isConnected) throw new InvalidOperationException("the client is not connected");
            return _stream;
        }

        /// <summary>
        /// Ends the sending side (shutdown SD_SEND): the peer reads the end of the stream, and may go on sending.
        /// https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-shutdown
        /// </summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task ShutdownSendAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            return ShutdownSendCoreAsync(cancellationToken);
        }

        /// <summary>As <see cref="ShutdownSendAsync"/>, and waits for it.</summary>
        public void ShutdownSend() => ShutdownSendCoreAsync(Waiting.Blocking).GetAwaiter().GetResult();

        /// <summary>
        /// Stops sending and begins the end of the connection. The socket stays open, and goes on receiving.
        /// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect
        /// </summary>
        /// <param name="data">Disconnect data, for a provider that carries it, as the lab does; null for none.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task SendDisconnectAsync(
            byte[] data = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            return CallAsync("sendDisconnect", new { disconnectData = data }, cancellationToken);
        }

        /// <summary>
        /// Stops receiving, and fetches the disconnect data of the peer.
        /// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvdisconnect
        /// </summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>None if the peer gave none.</returns>
        public async Task<byte[]> ReceiveDisconnectAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            var answer = await CallAsync("recvDisconnect", null, cancellationToken).ConfigureAwait(false);
            return Bytes.Of(answer, "disconnectData");
        }

        /// <summary>The local address (getsockname).</summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task<IPEndPoint> LocalEndPointAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            return EndPointAsync("getSockName", cancellationToken);
        }

        /// <summary>The address of the peer (getpeername).</summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task<IPEndPoint> RemoteEndPointAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            return EndPointAsync("getPeerName", cancellationToken);
        }

        private async Task ConnectHostAsync(string host, int port, Waiting waiting)
        {
            Exception failure = null;
            foreach (var address in await Session.GetHostAddressesCoreAsync(host, waiting).ConfigureAwait(false))
            {
                try
                {
                    await ConnectCoreAsync(new IPEndPoint(address, port), waiting).ConfigureAwait(false);
                    return;
                }
                catch (Exception error) when (error is SocketException || error is RefusedException)
                {
                    failure = error;
                }
            }
            throw failure ?? new SocketException((int)SocketError.NoData);
        }

        private async Task ConnectCoreAsync(IPEndPoint endPoint, Waiting waiting)
        {
            if (endPoint == null) throw new ArgumentNullException(nameof(endPoint));
            var isOwn = await EnsureOpenAsync(endPoint.AddressFamily, waiting).ConfigureAwait(false);
            try
            {
                await WaitCallAsync("connect", new { address = endPoint }, Timeout.Infinite, waiting).ConfigureAwait(false);
            }
            catch (Exception) when (isOwn)
            {
                await AbandonAsync(waiting).ConfigureAwait(false);
                throw;
            }
            _isConnected = true;
        }

        private Task ShutdownSendCoreAsync(Waiting waiting)
        {
            return CallCoreAsync("shutdown", new { how = "SD_SEND" }, waiting);
        }
    }
}
