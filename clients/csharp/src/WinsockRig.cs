using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net.WebSockets;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>
    /// A daemon of winsockd. When the rig is closed its sessions end, and with them their sockets; when its process
    /// dies, too. Many tasks may use it at once.
    /// </summary>
    public sealed class WinsockRig : IDisposable
    {
        /// <summary>Beyond the longest wait of the daemon; after both an answer counts as lost.</summary>
        private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

        private static readonly TimeSpan OpeningLimit = TimeSpan.FromSeconds(30);

        private readonly RpcConnection _rpc;
        private readonly List<WinsockSession> _sessions = new List<WinsockSession>();

        private WinsockRig(RpcConnection rpc, HttpRequests http, Uri url, IReadOnlyDictionary<string, object> about)
        {
            _rpc = rpc;
            Http = http;
            Url = url;
            About = about;
            var limits = (IReadOnlyDictionary<string, object>)about["limits"];
            Patience = TimeSpan.FromSeconds(Convert.ToDouble(limits["waitSeconds"], CultureInfo.InvariantCulture)) + Grace;
        }

        /// <summary>Where the daemon is.</summary>
        public Uri Url { get; }

        /// <summary>What GET /v1 answered when the rig was opened: version, providers, limits, clock, owner.</summary>
        public IReadOnlyDictionary<string, object> About { get; }

        /// <summary>Whether it was closed, or has lost its daemon.</summary>
        public bool IsClosed => _rpc.IsLost;

        /// <summary>Requests of HTTP beside the calls.</summary>
        internal HttpRequests Http { get; }

        /// <summary>After so long without an answer the daemon counts as lost.</summary>
        internal TimeSpan Patience { get; }

        /// <summary>Connects to a daemon.</summary>
        /// <param name="options">Where it is; what they leave out comes from the environment.</param>
        /// <param name="cancellationToken">Ends the attempt.</param>
        /// <exception cref="ArgumentException">A setting is wrong, such as a URL without TLS to another machine.</exception>
        /// <exception cref="FileNotFoundException">There is no token.</exception>
        /// <exception cref="RefusedException">The daemon refuses this client.</exception>
        /// <exception cref="RigLostException">The daemon is not there, or is not trusted.</exception>
        public static async Task<WinsockRig> OpenAsync(
            WinsockRigOptions options = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            var settings = new RigSettings(options ?? new WinsockRigOptions());
            var trust = new ServerTrust(settings.Url.DnsSafeHost, settings.CaFile);
            var http = new HttpRequests(settings, trust);
            RpcConnection rpc = null;
            try
            {
                var body = await http.GetAsync("/v1", OpeningLimit, cancellationToken).ConfigureAwait(false);
                var about = Json.ReadObject(body, body.Length);
                rpc = new RpcConnection(await OpenSocketAsync(settings, trust, cancellationToken).ConfigureAwait(false));
                return new WinsockRig(rpc, http, settings.Url, about);
            }
            catch (Exception error)
            {
                rpc?.Close();
                http.Dispose();
                if (error is FormatException || error is KeyNotFoundException || error is InvalidCastException)
                    throw new RigLostException($"what answers at {settings.Url} is no winsockd", error);
                throw;
            }
        }

        /// <summary>
        /// Begins a session (WSAStartup), which is what a process is to Winsock. It ends with the rig, if not before.
        /// https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsastartup
        /// </summary>
        /// <param name="options">Of the session.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        public async Task<WinsockSession> BeginSessionAsync(
            WinsockSessionOptions options = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            var chosen = options ?? new WinsockSessionOptions();
            var parameters = new
            {
                version = chosen.Version,
                leaseSeconds = chosen.LeaseSeconds,
                labNetwork = chosen.LabNetwork,
                faults = chosen.Faults,
                endWithConnection = true,
            };
            var answer = await CallAsync("startup", parameters, cancellationToken).ConfigureAwait(false);
            var session = new WinsockSession(this, answer, chosen);
            lock (_sessions) _sessions.Add(session);
            return session;
        }

        /// <summary>
        /// Makes one call of the daemon, by the names of docs/operations.md. Parameters are a dictionary, or an object
        /// with a property for each: <c>new { socketId = client, how = "SD_SEND" }</c>. Properties that are null are
        /// left out.
        /// </summary>
        /// <param name="operation">Such as getSocket.</param>
        /// <param name="parameters">Sessions, sockets and end points may stand for their ids and addresses.</param>
        /// <param name="cancellationToken">Ends the call at the daemon.</param>
        /// <returns>The result. Whole numbers are <see cref="long"/>.</returns>
        /// <exception cref="WinsockException">The Winsock call failed.</exception>
        /// <exception cref="RefusedException">The daemon refused the call.</exception>
        /// <exception cref="RigLostException">The connection to the daemon has ended.</exception>
        public Task<IReadOnlyDictionary<string, object>> CallAsync(
            string operation, object parameters = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            return CallPatientlyAsync(operation, parameters, Patience, cancellationToken);
        }

        /// <summary>A batch: calls that are made one after another by one request.</summary>
        /// <param name="onError">stop, continue, or cleanup, which also ends what the batch made.</param>
        public WinsockBatch CreateBatch(string onError = "stop") => new WinsockBatch(this, onError);

        /// <summary>Ends the sessions of this rig and its connections. Further calls are RigLostException.</summary>
        public Task CloseAsync() => CloseCoreAsync(CancellationToken.None);

        /// <summary>As <see cref="CloseAsync"/>, and waits for it.</summary>
        public void Dispose() => CloseCoreAsync(Waiting.Blocking).GetAwaiter().GetResult();

        internal Task<IReadOnlyDictionary<string, object>> CallPatientlyAsync(
            string operation, object parameters, TimeSpan patience, Waiting waiting)
        {
            return _rpc.CallAsync(operation, parameters, patience, waiting);
        }

        /// <summary>Makes a request of HTTP that may take any time, as long as the daemon answers calls.</summary>
        internal async Task WatchAsync(Func<CancellationToken, Task> request)
        {
            using (var end = new CancellationTokenSource())
            {
                var running = request(end.Token);
                try
                {
                    while (await Task.WhenAny(running, _rpc.Ended, Task.Delay(Patience, end.Token)).ConfigureAwait(false) != running)
                        await _rpc.AskAsync(Patience).ConfigureAwait(false);
                    await running.ConfigureAwait(false);
                }
                finally
                {
                    end.Cancel();
                }
            }
        }

        internal void Forget(WinsockSession session)
        {
            lock (_sessions) _sessions.Remove(session);
        }

        private async Task CloseCoreAsync(Waiting waiting)
        {
            WinsockSession[] sessions;
            lock (_sessions) sessions = _sessions.ToArray();
            foreach (var session in sessions) await session.TryEndAsync(waiting).ConfigureAwait(false);
            _rpc.Close();
            Http.Dispose();
        }

        private static async Task<WebSocket> OpenSocketAsync(
            RigSettings settings, ServerTrust trust, CancellationToken token)
        {
            using (var limit = CancellationTokenSource.CreateLinkedTokenSource(token))
            {
                limit.CancelAfter(OpeningLimit);
                try
                {
                    return await WebSocketOpening.OpenAsync(settings, trust, limit.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    token.ThrowIfCancellationRequested();
                    throw new RigLostException($"the daemon at {settings.Url} does not answer");
                }
            }
        }
    }
}
