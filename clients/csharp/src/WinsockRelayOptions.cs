using System.Collections.Generic;

namespace Winsockd
{
    /// <summary>Of a relay. What is null is the daemon's default. docs/relay.md</summary>
    public sealed class WinsockRelayOptions
    {
        /// <summary>Of the connections to the upstream address: ws2_32, posix or lab.</summary>
        public string Provider { get; set; }

        /// <summary>How many pairs may be open at once.</summary>
        public int? MaxConnections { get; set; }

        /// <summary>How long a connection to the upstream address may take, in milliseconds.</summary>
        public int? ConnectTimeoutMs { get; set; }

        /// <summary>Rules, each with its <see cref="WinsockFaultRule.End"/>.</summary>
        public IReadOnlyList<WinsockFaultRule> Faults { get; set; }
    }
}
