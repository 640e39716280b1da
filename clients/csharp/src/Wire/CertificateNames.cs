using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Winsockd
{
    /// <summary>
    /// The hosts that a certificate is for: its subject alternative names. netstandard2.0 cannot read them, and Mono
    /// neither compares the host when it does not trust the chain by itself, nor knows addresses in certificates.
    /// RFC 5280, 4.2.1.6: https://www.rfc-editor.org/rfc/rfc5280
    /// </summary>
    internal sealed class CertificateNames
    {
        private const string SubjectAlternativeName = "2.5.29.17";
        private const byte Sequence = 0x30;
        private const byte DnsName = 0x82;
        private const byte Address = 0x87;

        private readonly List<string> _hosts = new List<string>();
        private readonly List<byte[]> _addresses = new List<byte[]>();

        public CertificateNames(X509Certificate2 certificate)
        {
            var extension = certificate.Extensions[SubjectAlternativeName];
            if (extension == null) return;
            var names = ElementsOf(extension.RawData).Single(one => one.Key == Sequence).Value;
            foreach (var name in ElementsOf(names))
            {
                if (name.Key == DnsName) _hosts.Add(Encoding.ASCII.GetString(name.Value));
                else if (name.Key == Address) _addresses.Add(name.Value);
            }
        }

        /// <summary>Whether the certificate is for this host: a name or a numeric address.</summary>
        public bool Has(string host)
        {
            return IPAddress.TryParse(host, out var address)
                ? _addresses.Any(one => one.SequenceEqual(address.GetAddressBytes()))
                : _hosts.Any(pattern => Matches(pattern, host));
        }

        /// <summary>A star stands for the whole first label (RFC 6125, 6.4.3).</summary>
        private static bool Matches(string pattern, string host)
        {
            if (!pattern.StartsWith("*.", StringComparison.Ordinal))
                return string.Equals(pattern, host, StringComparison.OrdinalIgnoreCase);
            var dot = host.IndexOf('.');
            return dot > 0 && string.Equals(pattern.Substring(1), host.Substring(dot), StringComparison.OrdinalIgnoreCase);
        }

        /// <summary>Tags and contents of elements of DER (X.690, 8.1). Throws FormatException.</summary>
        private static IReadOnlyList<KeyValuePair<byte, byte[]>> ElementsOf(byte[] der)
        {
            var elements = new List<KeyValuePair<byte, byte[]>>();
            for (var at = 0; at < der.Length;)
            {
                var tag = der[at++];
                var length = LengthAt(der, ref at);
                if (length > der.Length - at) throw new FormatException("the certificate is no DER");
                elements.Add(new KeyValuePair<byte, byte[]>(tag, der.Skip(at).Take(length).ToArray()));
                at += length;
            }
            return elements;
        }

        private static int LengthAt(byte[] der, ref int at)
        {
            if (at == der.Length) throw new FormatException("the certificate is no DER");
            int first = der[at++];
            if (first < 0x80) return first;
            var bytes = first & 0x7F;
            if (bytes < 1 || bytes > 2 || bytes > der.Length - at) throw new FormatException("the certificate is no DER");
            var length = 0;
            while (bytes-- > 0) length = (length << 8) | der[at++];
            return length;
        }
    }
}
