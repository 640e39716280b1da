using System;
using System.IO;
using System.Text;

namespace Winsockd
{
    /// <summary>
    /// U+FFFE and U+FFFF, which JSON allows in a text and XML does not: the reader of .NET refuses them unless they are
    /// escaped. A peer may have sent them.
    /// </summary>
    internal static class Noncharacters
    {
        private const int Length = 3;

        /// <summary>JSON in UTF-8 with the same texts, in which they are escaped.</summary>
        public static ArraySegment<byte> Escape(byte[] json, int count)
        {
            var at = IndexIn(json, 0, count);
            if (at < 0) return new ArraySegment<byte>(json, 0, count);
            var escaped = new MemoryStream();
            var copied = 0;
            for (; at >= 0; at = IndexIn(json, copied, count))
            {
                escaped.Write(json, copied, at - copied);
                var escape = Encoding.ASCII.GetBytes(json[at + 2] == 0xBE ? @"\uFFFE" : @"\uFFFF");
                escaped.Write(escape, 0, escape.Length);
                copied = at + Length;
            }
            escaped.Write(json, copied, count - copied);
            return new ArraySegment<byte>(escaped.GetBuffer(), 0, (int)escaped.Length);
        }

        private static int IndexIn(byte[] json, int from, int count)
        {
            for (var at = from; at <= count - Length; at++)
            {
                at = Array.IndexOf(json, (byte)0xEF, at, count - at);
                if (at < 0 || at > count - Length) return -1;
                if (json[at + 1] == 0xBF && json[at + 2] >= 0xBE) return at;
            }
            return -1;
        }
    }
}
