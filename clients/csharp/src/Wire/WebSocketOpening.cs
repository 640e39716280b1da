using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>
    /// Opens the WebSocket to a daemon, on a connection of its own: <see cref="ClientWebSocket"/> takes no root of a
    /// file, tells no problem document of a refusal, and may use a proxy. The frames are those of .NET.
    /// RFC 6455, 4: https://www.rfc-editor.org/rfc/rfc6455
    /// </summary>
    internal static class WebSocketOpening
    {
        private const string Subprotocol = "winsockd.v1";
        private const int BufferBytes = 64 * 1024;
        private const int MostHeadBytes = 16 * 1024;
        private const int MostBodyBytes = 64 * 1024;

        public static async Task<WebSocket> OpenAsync(RigSettings settings, ServerTrust trust, CancellationToken token)
        {
            var socket = await ConnectAsync(settings.Url, token).ConfigureAwait(false);
            // Its end ends whatever waits below: the methods of old streams do not hear a token.
            using (token.Register(socket.Dispose))
            {
                try
                {
                    var stream = await SecureAsync(new NetworkStream(socket, true), settings, trust).ConfigureAwait(false);
                    await UpgradeAsync(stream, settings).ConfigureAwait(false);
                    return WebSocket.CreateClientWebSocket(
                        new BlockingStream(socket, stream),
                        Subprotocol,
                        BufferBytes,
                        BufferBytes,
                        Timeout.InfiniteTimeSpan,
                        false,
                        WebSocket.CreateClientBuffer(BufferBytes, BufferBytes));
                }
                catch (Exception error)
                {
                    socket.Dispose();
                    token.ThrowIfCancellationRequested();
                    if (error is SocketException || error is ObjectDisposedException || error.GetType() == typeof(IOException))
                        throw new RigLostException($"the connection to the daemon at {settings.Url} has ended", error);
                    throw;
                }
            }
        }

        private static async Task<Socket> ConnectAsync(Uri url, CancellationToken token)
        {
            Exception failure = null;
            try
            {
                foreach (var address in await Dns.GetHostAddressesAsync(url.DnsSafeHost).ConfigureAwait(false))
                {
                    Socket socket = null;
                    try
                    {
                        // It fails on a machine that does not have the family, such as one without IPv6.
                        socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                        using (token.Register(socket.Dispose))
                            await socket.ConnectAsync(new IPEndPoint(address, url.Port)).ConfigureAwait(false);
                        return socket;
                    }
                    catch (Exception error) when (error is SocketException || error is ObjectDisposedException)
                    {
                        socket?.Dispose();
                        token.ThrowIfCancellationRequested();
                        failure = error;
                    }
                }
            }
            catch (SocketException error)
            {
                failure = error;
            }
            throw new RigLostException($"no daemon at {url}: {failure?.Message}", failure);
        }

        private static async Task<Stream> SecureAsync(Stream plain, RigSettings settings, ServerTrust trust)
        {
            if (!settings.HasTls) return plain;
            var secure = new SslStream(
                plain, false, (_, certificate, chain, errors) => trust.IsTrusted(certificate, chain, errors));
            try
            {
                await secure.AuthenticateAsClientAsync(settings.Url.DnsSafeHost).ConfigureAwait(false);
            }
            catch (AuthenticationException error)
            {
                throw new RigLostException($"the certificate of {settings.Url} is not trusted: {error.Message}", error);
            }
            return secure;
        }

        private static async Task UpgradeAsync(Stream stream, RigSettings settings)
        {
            var key = NewKey();
            var request = string.Join(
                "\r\n",
                "GET /v1/rpc HTTP/1.1",
                "Host: " + settings.Url.Authority,
                "Authorization: Bearer " + settings.Token,
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: " + key,
                "Sec-WebSocket-Protocol: " + Subprotocol,
                "",
                "");
            var bytes = Encoding.ASCII.GetBytes(request);
            await stream.WriteAsync(bytes, 0, bytes.Length).ConfigureAwait(false);
            await stream.FlushAsync().ConfigureAwait(false);
            var lines = await ReadHeadAsync(stream).ConfigureAwait(false);
            var fields = FieldsOf(lines);
            if (!lines[0].StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
                throw await RefusalAsync(stream, lines[0], fields).ConfigureAwait(false);
            if (FieldOf(fields, "Sec-WebSocket-Accept") != AcceptOf(key)
                || FieldOf(fields, "Sec-WebSocket-Protocol") != Subprotocol)
                throw new RigLostException($"what answers at {settings.Url} is no winsockd");
        }

        private static string NewKey()
        {
            var key = new byte[16];
            using (var random = RandomNumberGenerator.Create()) random.GetBytes(key);
            return Convert.ToBase64String(key);
        }

        private static string AcceptOf(string key)
        {
            using (var sha1 = SHA1.Create())
                return Convert.ToBase64String(
                    sha1.ComputeHash(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
        }

        /// <summary>The lines up to the empty one. No byte behind it is read: it belongs to a frame.</summary>
        private static async Task<IReadOnlyList<string>> ReadHeadAsync(Stream stream)
        {
            var head = new StringBuilder();
            var one = new byte[1];
            while (head.Length < 4 || head.ToString(head.Length - 4, 4) != "\r\n\r\n")
            {
                if (head.Length == MostHeadBytes || await stream.ReadAsync(one, 0, 1).ConfigureAwait(false) == 0)
                    throw new RigLostException("the daemon gave no answer to the opening of a WebSocket");
                head.Append((char)one[0]);
            }
            return head.ToString(0, head.Length - 4).Split(new[] { "\r\n" }, StringSplitOptions.None);
        }

        private static Dictionary<string, string> FieldsOf(IReadOnlyList<string> lines)
        {
            var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var parts in lines.Skip(1).Select(line => line.Split(new[] { ':' }, 2)).Where(parts => parts.Length == 2))
                fields[parts[0]] = parts[1].Trim();
            return fields;
        }

        private static string FieldOf(IReadOnlyDictionary<string, string> fields, string name)
        {
            return fields.TryGetValue(name, out var found) ? found : "";
        }

        private static async Task<Exception> RefusalAsync(
            Stream stream, string statusLine, IReadOnlyDictionary<string, string> fields)
        {
            var lost = new RigLostException("no WebSocket to the daemon: " + statusLine);
            var body = new byte[Math.Min(LengthOf(fields), MostBodyBytes)];
            var read = 0;
            while (read < body.Length)
            {
                var count = await stream.ReadAsync(body, read, body.Length - read).ConfigureAwait(false);
                if (count == 0) return lost;
                read += count;
            }
            try
            {
                return Problems.ErrorOf(Json.ReadObject(body, body.Length));
            }
            catch (FormatException)
            {
                return lost;
            }
        }

        private static int LengthOf(IReadOnlyDictionary<string, string> fields)
        {
            int.TryParse(FieldOf(fields, "Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length);
            return length;
        }
    }
}
