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
    /// <summary>
    /// What a process is to Winsock: it owns sockets, faults, relays and a journal. Made by
    /// <see cref="WinsockRig.BeginSessionAsync"/>.
    /// </summary>
    public sealed class WinsockSession : IDisposable, IIdentified
    {
        private int _isEnded;

        internal WinsockSession(WinsockRig rig, IReadOnlyDictionary<string, object> answer, WinsockSessionOptions options)
        {
            Rig = rig;
            Id = (string)answer["sessionId"];
            Version = (string)answer["version"];
            Provider = options.Provider;
            Capture = options.Capture;
        }

        /// <summary>The rig that it belongs to.</summary>
        public WinsockRig Rig { get; }

        /// <summary>The id, ses_...</summary>
        public string Id { get; }

        /// <summary>The negotiated version of Winsock.</summary>
        public string Version { get; }

        /// <summary>Of its sockets; null for the daemon's default.</summary>
        public string Provider { get; }

        /// <summary>The bytes of each send and receive that the journals of its sockets keep; null for none.</summary>
        public int? Capture { get; }

        /// <summary>Whether it was ended here, or its rig is closed.</summary>
        public bool IsEnded => _isEnded != 0 || Rig.IsClosed;

        /// <summary>The parameter capture of sockets and relays; null for none.</summary>
        internal object CaptureLimit => Capture == null ? null : new { maxBytes = Capture };

        /// <summary>Makes a call of this session. See <see cref="WinsockRig.CallAsync"/>.</summary>
        /// <param name="operation">Such as enumProtocols.</param>
        /// <param name="parameters">Without sessionId.</param>
        /// <param name="cancellationToken">Ends the call at the daemon.</param>
        public Task<IReadOnlyDictionary<string, object>> CallAsync(
            string operation, object parameters = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            return CallCoreAsync(operation, parameters, cancellationToken);
        }

        /// <summary>Every call of the session with its outcome, the oldest first.</summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>Entries as docs/journal-and-events.md has them.</returns>
        public Task<IReadOnlyList<IReadOnlyDictionary<string, object>>> JournalAsync(
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Journals.ReadAsync(Rig, "getSessionJournal", "sessionId", Id, cancellationToken);
        }

        /// <summary>Arms a rule that hits all its sockets. docs/faults.md has the effects.</summary>
        /// <param name="rule">What it does, and to which calls.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task<WinsockFault> ArmFaultAsync(
            WinsockFaultRule rule, CancellationToken cancellationToken = default(CancellationToken))
        {
            return WinsockFault.ArmAsync(this, null, rule, cancellationToken);
        }

        /// <summary>Removes all faults and ends all relays of the session.</summary>
        /// <param name="cancellationToken">Ends the wait.</param>
        public Task ResetAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            return CallAsync("resetSession", null, cancellationToken);
        }

        /// <summary>
        /// The addresses of a host, as the daemon finds them on its machine. A numeric address is itself.
        /// https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getaddrinfow
        /// </summary>
        /// <param name="host">A name or an address.</param>
        /// <param name="cancellationToken">Ends the lookup.</param>
        public Task<IReadOnlyList<IPAddress>> GetHostAddressesAsync(
            string host, CancellationToken cancellationToken = default(CancellationToken))
        {
            return GetHostAddressesCoreAsync(host, cancellationToken);
        }

        /// <summary>Ends the session (endSession): its sockets close, its calls end. Further calls are refused.</summary>
        public Task EndAsync() => EndCoreAsync(CancellationToken.None);

        /// <summary>As <see cref="EndAsync"/>, and waits for it. A session that has ended by itself is no failure.</summary>
        public void Dispose() => TryEndAsync(Waiting.Blocking).GetAwaiter().GetResult();

        internal async Task TryEndAsync(Waiting waiting)
        {
            try
            {
                await EndCoreAsync(waiting).ConfigureAwait(false);
            }
            catch (Exception error) when (error is IOException || error is SocketException)
            {
                // It has ended by itself, or with its daemon.
            }
        }

        /// <summary>As <see cref="CallAsync"/>.</summary>
        internal Task<IReadOnlyDictionary<string, object>> CallCoreAsync(string operation, object parameters, Waiting waiting)
        {
            var members = Json.MembersOf(parameters);
            members["sessionId"] = Id;
            return Rig.CallPatientlyAsync(operation, members, Rig.Patience, waiting);
        }

        /// <summary>As <see cref="GetHostAddressesAsync"/>.</summary>
        internal Task<IReadOnlyList<IPAddress>> GetHostAddressesCoreAsync(string host, Waiting waiting)
        {
            if (host == null) throw new ArgumentNullException(nameof(host));
            return IPAddress.TryParse(host, out var numeric)
                ? Task.FromResult<IReadOnlyList<IPAddress>>(new[] { numeric })
                : LookUpAsync(host, waiting);
        }

        /// <summary>
        /// Makes a call that may wait. The daemon's own limit of a wait does not show: the call is repeated.
        /// </summary>
        /// <param name="operation">The call.</param>
        /// <param name="parameters">They get timeoutMs.</param>
        /// <param name="timeout">In milliseconds; <see cref="Timeout.Infinite"/> waits without end.</param>
        /// <param name="waiting">How its end is waited for.</param>
        internal async Task<IReadOnlyDictionary<string, object>> WaitCallAsync(
            string operation, Dictionary<string, object> parameters, int timeout, Waiting waiting)
        {
            var deadline = new Deadline(timeout);
            while (true)
            {
                if (timeout != Timeout.Infinite) parameters["timeoutMs"] = deadline.Left;
                try
                {
                    return await Rig.CallPatientlyAsync(operation, parameters, Rig.Patience, waiting).ConfigureAwait(false);
                }
                catch (RefusedException refused) when (refused.Name == "wait-limit")
                {
                    // It took nothing: the wait goes on.
                }
            }
        }

        private async Task EndCoreAsync(Waiting waiting)
        {
            if (Interlocked.Exchange(ref _isEnded, 1) != 0) return;
            Rig.Forget(this);
            if (!Rig.IsClosed) await CallCoreAsync("endSession", null, waiting).ConfigureAwait(false);
        }

        private async Task<IReadOnlyList<IPAddress>> LookUpAsync(string host, Waiting waiting)
        {
            var parameters = Json.MembersOf(
                new { sessionId = Id, node = host, type = "SOCK_STREAM", provider = Provider });
            var answer = await WaitCallAsync("getAddrInfo", parameters, Timeout.Infinite, waiting).ConfigureAwait(false);
            return ((IReadOnlyList<object>)answer["addresses"])
                .Select(found => ((IReadOnlyDictionary<string, object>)found)["address"])
                .Select(address => Addresses.FromWire(address).Address)
                .Distinct()
                .ToList();
        }
    }
}
