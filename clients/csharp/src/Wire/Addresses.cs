using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;

namespace Winsockd
{
    /// <summary>End points as the calls of the daemon have them.</summary>
    internal static class Addresses
    {
        public static Dictionary<string, object> ToWire(EndPoint endPoint)
        {
            if (!(endPoint is IPEndPoint address))
                throw new ArgumentException($"an IPEndPoint is needed, not {endPoint?.GetType()}", nameof(endPoint));
            var is6 = address.AddressFamily == AddressFamily.InterNetworkV6;
            var scope = is6 ? address.Address.ScopeId : 0;
            // Without the scope, which the text of an IPAddress has behind a %.
            var numbers = scope == 0 ? address.Address : new IPAddress(address.Address.GetAddressBytes());
            var written = new Dictionary<string, object>
            {
                ["family"] = FamilyName(address.AddressFamily),
                ["address"] = numbers.ToString(),
                ["port"] = address.Port,
            };
            if (scope != 0) written["scopeId"] = scope;
            return written;
        }

        public static IPEndPoint FromWire(object found)
        {
            var written = (IReadOnlyDictionary<string, object>)found;
            var address = IPAddress.Parse((string)written["address"]);
            if (written.TryGetValue("scopeId", out var scope)) address.ScopeId = (long)scope;
            return new IPEndPoint(address, (int)(long)written["port"]);
        }

        public static string FamilyName(AddressFamily family)
        {
            switch (family)
            {
                case AddressFamily.InterNetwork:
                    return "AF_INET";
                case AddressFamily.InterNetworkV6:
                    return "AF_INET6";
                default:
                    throw new ArgumentException($"the family is InterNetwork or InterNetworkV6, not {family}", nameof(family));
            }
        }
    }
}
