using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace Winsockd
{
    /// <summary>
    /// Whose certificates are trusted: those that this machine trusts, and those whose chain ends at a certificate of
    /// a PEM file. The host name is checked in any case.
    /// </summary>
    internal sealed class ServerTrust
    {
        private static readonly Regex Blocks = new Regex(
            "-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----",
            RegexOptions.CultureInvariant);

        private readonly List<X509Certificate2> _roots = new List<X509Certificate2>();

        /// <param name="caFile">The path of the PEM file; null for none.</param>
        public ServerTrust(string caFile)
        {
            if (caFile == null) return;
            foreach (Match block in Blocks.Matches(File.ReadAllText(caFile)))
                _roots.Add(new X509Certificate2(Convert.FromBase64String(block.Groups[1].Value)));
            if (_roots.Count == 0) throw new ArgumentException($"{caFile} has no certificate in PEM");
        }

        /// <summary>
        /// Judges the certificate of a server. received: the chain as the system built it, with all that it sent.
        /// </summary>
        public bool IsTrusted(X509Certificate certificate, X509Chain received, SslPolicyErrors errors)
        {
            if (errors == SslPolicyErrors.None) return true;
            if (certificate == null || errors != SslPolicyErrors.RemoteCertificateChainErrors) return false;
            using (var chain = new X509Chain())
            {
                var policy = chain.ChainPolicy;
                policy.RevocationMode = X509RevocationMode.NoCheck;
                foreach (var root in _roots) policy.ExtraStore.Add(root);
                if (received != null)
                    foreach (var element in received.ChainElements) policy.ExtraStore.Add(element.Certificate);
                // The root need not be the machine's: it must be one of the file, which is looked at below.
                policy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
                if (!chain.Build(new X509Certificate2(certificate))) return false;
                var last = chain.ChainElements[chain.ChainElements.Count - 1].Certificate;
                return _roots.Any(root => root.RawData.SequenceEqual(last.RawData));
            }
        }
    }
}
