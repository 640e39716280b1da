using System;
using System.Collections.Generic;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>Requests of HTTP beside the calls: about the daemon, raw bytes, exports of journals.</summary>
    internal sealed class HttpRequests : IDisposable
    {
        private const int MostConnections = 64;

        private readonly HttpClient _http;
        private readonly Uri _url;

        public HttpRequests(RigSettings settings, ServerTrust trust)
        {
            _url = settings.Url;
            var handler = new HttpClientHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                MaxConnectionsPerServer = MostConnections,
            };
            if (settings.HasTls)
                handler.ServerCertificateCustomValidationCallback =
                    (_, certificate, chain, errors) => trust.IsTrusted(certificate, chain, errors);
            _http = new HttpClient(handler) { BaseAddress = settings.Url, Timeout = Timeout.InfiniteTimeSpan };
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", settings.Token);
            _http.DefaultRequestHeaders.ExpectContinue = false;
        }

        /// <summary>Reads what a path has.</summary>
        public Task<byte[]> GetAsync(string path, TimeSpan patience, CancellationToken token)
        {
            return RequestAsync(new HttpRequestMessage(HttpMethod.Get, path), patience, token);
        }

        /// <summary>
        /// Sends all bytes on a stream (sendBytes). A problem has how many were sent, as bytesSent.
        /// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasend
        /// </summary>
        public Task SendBytesAsync(string socketId, ArraySegment<byte> bytes, CancellationToken token)
        {
            var content = new ByteArrayContent(bytes.Array, bytes.Offset, bytes.Count);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/sockets/{socketId}/sendBytes") { Content = content };
            // As long as the peer takes bytes it may take any time; the daemon ends it when it does not.
            return RequestAsync(request, Timeout.InfiniteTimeSpan, token);
        }

        public void Dispose() => _http.Dispose();

        private async Task<byte[]> RequestAsync(HttpRequestMessage request, TimeSpan patience, CancellationToken token)
        {
            using (request)
            using (var limit = CancellationTokenSource.CreateLinkedTokenSource(token))
            {
                limit.CancelAfter(patience);
                try
                {
                    using (var answer = await _http.SendAsync(request, limit.Token).ConfigureAwait(false))
                    {
                        var body = await answer.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
                        if (answer.IsSuccessStatusCode) return body;
                        throw ErrorOf((int)answer.StatusCode, body);
                    }
                }
                catch (OperationCanceledException)
                {
                    token.ThrowIfCancellationRequested();
                    throw new RigLostException($"the daemon at {_url} does not answer");
                }
                catch (Exception error) when (error is HttpRequestException || error is ObjectDisposedException)
                {
                    throw new RigLostException($"no answer of a daemon at {_url}: {FirstLineOf(error)}", error);
                }
            }
        }

        /// <summary>That of the cause. Mono's has the place in its own sources in a second line.</summary>
        private static string FirstLineOf(Exception error) => error.GetBaseException().Message.Split('\n')[0];

        private Exception ErrorOf(int status, byte[] body)
        {
            try
            {
                return Problems.ErrorOf(Json.ReadObject(body, body.Length));
            }
            catch (FormatException)
            {
                return new RigLostException($"what answers at {_url} with status {status} is no winsockd");
            }
        }
    }
}
