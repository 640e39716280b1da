using System.Collections.Generic;

namespace Winsockd
{
    /// <summary>How a session begins.</summary>
    public sealed class WinsockSessionOptions
    {
        /// <summary>The version of Winsock: 2.2 unless set.</summary>
        public string Version { get; set; } = "2.2";

        /// <summary>Of its sockets: ws2_32, posix or lab. Null: the daemon's default.</summary>
        public string Provider { get; set; }

        /// <summary>How long the session may be without a call, in seconds. The lease does not run while the rig is
        /// open.</summary>
        public int? LeaseSeconds { get; set; }

        /// <summary>The name of a network of the lab that sessions of the same owner share.</summary>
        public string LabNetwork { get; set; }

        /// <summary>The bytes of each send and receive that the journals of its sockets keep, at most 65,536.</summary>
        public int? Capture { get; set; }

        /// <summary>Rules that are armed from its first call on.</summary>
        public IReadOnlyList<WinsockFaultRule> Faults { get; set; }
    }
}
