using System;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd.Tests
{
    /// <summary>Stands between a rig and its daemon, as a network that may fail.</summary>
    internal sealed class Forwarder : IDisposable
    {
        private static readonly Encoding Latin1 = Encoding.GetEncoding("ISO-8859-1");

        private readonly TcpListener _listener = new TcpListener(IPAddress.Loopback, 0);
        private readonly ConcurrentBag<TcpClient> _connections = new ConcurrentBag<TcpClient>();
        private readonly Uri _daemon;
        private TcpClient _webSocket;
        private volatile bool _isSilent;

        public Forwarder(Uri daemon)
        {
            _daemon = daemon;
            _listener.Start();
            Url = "http://" + _listener.LocalEndpoint;
            _ = AcceptAllAsync();
        }

        public string Url { get; }

        /// <summary>From now on nothing is forwarded, and no connection ends.</summary>
        public void Freeze() => _isSilent = true;

        /// <summary>Ends the connection with the WebSocket.</summary>
        public void CutWebSocket() => _webSocket.Close();

        public void Dispose()
        {
            _listener.Stop();
            foreach (var connection in _connections) connection.Close();
        }

        private async Task AcceptAllAsync()
        {
            while (true)
            {
                var near = await _listener.AcceptTcpClientAsync();
                var far = new TcpClient();
                await far.ConnectAsync(_daemon.Host, _daemon.Port);
                _connections.Add(near);
                _connections.Add(far);
                _ = ForwardAsync(near, far);
                _ = ForwardAsync(far, near);
            }
        }

        private async Task ForwardAsync(TcpClient from, TcpClient to)
        {
            var buffer = new byte[64 * 1024];
            while (true)
            {
                var count = await from.GetStream().ReadAsync(buffer, 0, buffer.Length);
                // The daemon hears only what is for its own address.
                var text = Latin1.GetString(buffer, 0, count).Replace(_listener.LocalEndpoint.ToString(), _daemon.Authority);
                if (text.StartsWith("GET /v1/rpc ", StringComparison.Ordinal)) _webSocket = from;
                if (_isSilent) await Task.Delay(Timeout.Infinite);
                if (count == 0) break;
                await to.GetStream().WriteAsync(Latin1.GetBytes(text), 0, text.Length);
            }
            to.Close();
        }
    }
}
