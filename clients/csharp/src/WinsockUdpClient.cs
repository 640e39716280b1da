using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>A datagram socket of a session, as <see cref="UdpClient"/> is one of this machine.</summary>
    public sealed class WinsockUdpClient : WinsockSocket
    {
        /// <summary>No datagram of IP is longer.</summary>
        private const int MostBytes = 65535;

        /// <summary>A socket that is not open yet.</summary>
        /// <param name="session">Owns it.</param>
        public WinsockUdpClient(WinsockSession session)
            : base(session)
        {
        }

        internal override string SocketType => "SOCK_DGRAM";

        /// <summary>
        /// Gives the socket its local address, and opens it first if it is not open.
        /// https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-bind
        /// </summary>
        /// <param name="localEndPoint">Port 0 lets the system choose one.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>The address that it has.</returns>
        public async Task<IPEndPoint> BindAsync(
            IPEndPoint localEndPoint, CancellationToken cancellationToken = default(CancellationToken))
        {
            if (localEndPoint == null) throw new ArgumentNullException(nameof(localEndPoint));
            await EnsureOpenAsync(localEndPoint.AddressFamily, cancellationToken).ConfigureAwait(false);
            var answer = await CallAsync("bind", new { address = localEndPoint }, cancellationToken).ConfigureAwait(false);
            return Addresses.FromWire(answer["localAddress"]);
        }

        /// <summary>
        /// Sends a datagram.
        /// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasendto
        /// </summary>
        /// <param name="datagram">Its bytes.</param>
        /// <param name="endPoint">Where to.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        public async Task SendAsync(
            byte[] datagram, IPEndPoint endPoint, CancellationToken cancellationToken = default(CancellationToken))
        {
            if (datagram == null) throw new ArgumentNullException(nameof(datagram));
            if (endPoint == null) throw new ArgumentNullException(nameof(endPoint));
            await EnsureOpenAsync(endPoint.AddressFamily, cancellationToken).ConfigureAwait(false);
            await WaitCallAsync("sendTo", new { data = datagram, address = endPoint }, Timeout.Infinite, cancellationToken)
                .ConfigureAwait(false);
        }

        /// <summary>
        /// Receives a datagram.
        /// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvfrom
        /// </summary>
        /// <param name="cancellationToken">Ends the wait. A datagram that came all the same is returned.</param>
        public async Task<UdpReceiveResult> ReceiveAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            var parameters = new { maxBytes = MostBytes };
            var answer = await WaitCallAsync("recvFrom", parameters, Timeout.Infinite, cancellationToken).ConfigureAwait(false);
            return new UdpReceiveResult(Bytes.Of(answer, "data"), Addresses.FromWire(answer["address"]));
        }
    }
}
