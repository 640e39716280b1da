using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>A relay that runs, made by <see cref="WinsockListener.StartRelayAsync"/>. Disposing ends it.</summary>
    public sealed class WinsockRelay : IDisposable, IIdentified
    {
        private readonly WinsockSession _session;

        private WinsockRelay(WinsockSession session, string id)
        {
            _session = session;
            Id = id;
        }

        /// <summary>The id, rel_...</summary>
        public string Id { get; }

        /// <summary>Its state, its counts and its pairs (getRelay).</summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task<IReadOnlyDictionary<string, object>> InfoAsync(
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return CallAsync("getRelay", new { relayId = Id }, cancellationToken);
        }

        /// <summary>Its pairs of connections, the open ones and the last that have ended.</summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        public async Task<IReadOnlyList<IReadOnlyDictionary<string, object>>> PairsAsync(
            CancellationToken cancellationToken = default(CancellationToken))
        {
            var info = await InfoAsync(cancellationToken).ConfigureAwait(false);
            return ((IReadOnlyList<object>)info["pairs"]).Cast<IReadOnlyDictionary<string, object>>().ToList();
        }

        /// <summary>Accepts no further connections for now.</summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task PauseAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            return CallAsync("updateRelay", new { relayId = Id, paused = true }, cancellationToken);
        }

        /// <summary>Accepts connections again.</summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task ResumeAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            return CallAsync("updateRelay", new { relayId = Id, paused = false }, cancellationToken);
        }

        /// <summary>Replaces its faults.</summary>
        /// <param name="faults">Rules, each with its <see cref="WinsockFaultRule.End"/>.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task SetFaultsAsync(
            IReadOnlyList<WinsockFaultRule> faults, CancellationToken cancellationToken = default(CancellationToken))
        {
            return CallAsync("updateRelay", new { relayId = Id, faults }, cancellationToken);
        }

        /// <summary>Ends it.</summary>
        /// <param name="pairs">reset, or finish, which lets open pairs come to their end.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task EndAsync(string pairs = "reset", CancellationToken cancellationToken = default(CancellationToken))
        {
            return EndCoreAsync(pairs, cancellationToken);
        }

        /// <summary>Ends it, unless it has ended already.</summary>
        public void Dispose()
        {
            if (_session.IsEnded) return;
            try
            {
                EndCoreAsync("reset", Waiting.Blocking).GetAwaiter().GetResult();
            }
            catch (Exception error) when (error is SocketException || error is IOException)
            {
                // It has ended with its listener or its session.
            }
        }

        internal static async Task<WinsockRelay> StartAsync(
            WinsockListener listener, IPEndPoint upstream, WinsockRelayOptions options, CancellationToken token)
        {
            var parameters = Json.MembersOf(options);
            parameters["upstream"] = upstream ?? throw new ArgumentNullException(nameof(upstream));
            if (listener.Session.Capture != null) parameters["capture"] = listener.Session.CaptureLimit;
            var answer = await listener.CallAsync("startRelay", parameters, token).ConfigureAwait(false);
            return new WinsockRelay(listener.Session, (string)answer["relayId"]);
        }

        private Task EndCoreAsync(string pairs, Waiting waiting)
        {
            return _session.CallCoreAsync("endRelay", new { relayId = Id, pairs }, waiting);
        }

        private Task<IReadOnlyDictionary<string, object>> CallAsync(
            string operation, object parameters, CancellationToken token)
        {
            return _session.CallAsync(operation, parameters, token);
        }
    }
}
