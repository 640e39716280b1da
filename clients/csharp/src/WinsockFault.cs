using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>A rule that is armed. Disposing removes it.</summary>
    public sealed class WinsockFault : IDisposable, IIdentified
    {
        private readonly WinsockSession _session;

        private WinsockFault(WinsockSession session, string id)
        {
            _session = session;
            Id = id;
        }

        /// <summary>The id, flt_...</summary>
        public string Id { get; }

        /// <summary>The rule, how many calls matched it (calls) and how many it hit (hits).</summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task<IReadOnlyDictionary<string, object>> InfoAsync(
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return _session.CallAsync("getFault", new { faultId = Id }, cancellationToken);
        }

        /// <summary>How many calls it has hit.</summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        public async Task<long> HitsAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            return (long)(await InfoAsync(cancellationToken).ConfigureAwait(false))["hits"];
        }

        /// <summary>Removes the rule.</summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task RemoveAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            return RemoveCoreAsync(cancellationToken);
        }

        /// <summary>Removes the rule, unless it has gone already.</summary>
        public void Dispose()
        {
            if (_session.IsEnded) return;
            try
            {
                RemoveCoreAsync(Waiting.Blocking).GetAwaiter().GetResult();
            }
            catch (Exception error) when (error is SocketException || error is IOException)
            {
                // It was removed before, or its session has ended.
            }
        }

        internal static async Task<WinsockFault> ArmAsync(
            WinsockSession session, string socketId, WinsockFaultRule rule, CancellationToken token)
        {
            var parameters = Json.MembersOf(rule ?? throw new ArgumentNullException(nameof(rule)));
            if (socketId != null) parameters["socketId"] = socketId;
            var answer = await session.CallAsync("armFault", parameters, token).ConfigureAwait(false);
            return new WinsockFault(session, (string)answer["faultId"]);
        }

        private Task RemoveCoreAsync(Waiting waiting) => _session.CallCoreAsync("removeFault", new { faultId = Id }, waiting);
    }
}
