using System;
using System.Collections.Generic;

namespace Winsockd
{
    /// <summary>Bytes as the calls of the daemon have them: base64 in an object.</summary>
    internal static class Bytes
    {
        private static readonly byte[] None = new byte[0];

        public static Dictionary<string, object> ToWire(byte[] buffer, int offset, int count)
        {
            return new Dictionary<string, object> { ["base64"] = Convert.ToBase64String(buffer, offset, count) };
        }

        /// <summary>The bytes of a member of an answer; none if it has no such member.</summary>
        public static byte[] Of(IReadOnlyDictionary<string, object> answer, string member)
        {
            if (!answer.TryGetValue(member, out var found) || found == null) return None;
            return Convert.FromBase64String((string)((IReadOnlyDictionary<string, object>)found)["base64"]);
        }
    }
}
