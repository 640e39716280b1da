using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace Winsockd
{
    /// <summary>
    /// Which certificates of a daemon are trusted: those that this machine trusts, those of a PEM file, and those
    /// whose chain ends at one of that file. In any case they must be for its host.
    /// </summary>
    internal sealed class ServerTrust
    {
        /// <summary>RFC 5280, 4.2.1.12.</summary>
        private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

        private static readonly Regex Blocks = new Regex(
            "-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----",
            RegexOptions.CultureInvariant);

        private readonly string _host;
        private readonly List<X509Certificate2> _roots = new List<X509Certificate2>();

        /// <param name="host">The name or the address of the daemon.</param>
        /// <param name="caFile">The path of the PEM file; null for none.</param>
        public ServerTrust(string host, string caFile)
        {
            _host = host;
            if (caFile == null) return;
            var blocks = Blocks.Matches(File.ReadAllText(caFile));
            if (blocks.Count == 0) throw new ArgumentException($"{caFile} has no certificate in PEM");
            try
            {
                foreach (Match block in blocks)
                    _roots.Add(new X509Certificate2(Convert.FromBase64String(block.Groups[1].Value)));
            }
            catch (Exception error) when (error is FormatException || error is CryptographicException)
            {
                throw new ArgumentException($"{caFile} has a certificate that is none: {error.Message}", error);
            }
        }

        /// <summary>Judges the certificate of a server.</summary>
        /// <param name="certificate">That of the server.</param>
        /// <param name="received">The chain as the system built it, with what the server sent.</param>
        /// <param name="errors">What the system found.</param>
        public bool IsTrusted(X509Certificate certificate, X509Chain received, SslPolicyErrors errors)
        {
            if (errors == SslPolicyErrors.None) return true;
            if (certificate == null) return false;
            var own = new X509Certificate2(certificate);
            // Mono compares no name when the chain has errors, and knows no addresses.
            return new CertificateNames(own).Has(_host) && IsForServers(own) && (IsListed(own) || EndsAtRoot(own, received));
        }

        /// <summary>Whether its key may be that of a server. Mono's chains do not look at it.</summary>
        private static bool IsForServers(X509Certificate2 certificate)
        {
            var usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().SingleOrDefault();
            return usages == null || usages.EnhancedKeyUsages.Cast<Oid>().Any(usage => usage.Value == ServerAuthentication);
        }

        /// <summary>Whether it is in the file itself, and of this time. Its key need not be one that Mono knows.</summary>
        private bool IsListed(X509Certificate2 certificate)
        {
            var now = DateTime.Now;
            return IsRoot(certificate) && now >= certificate.NotBefore && now <= certificate.NotAfter;
        }

        private bool EndsAtRoot(X509Certificate2 certificate, X509Chain received)
        {
            using (var chain = new X509Chain())
            {
                var policy = chain.ChainPolicy;
                policy.RevocationMode = X509RevocationMode.NoCheck;
                policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
                foreach (var root in _roots) policy.ExtraStore.Add(root);
                if (received != null)
                {
                    policy.ExtraStore.AddRange(received.ChainPolicy.ExtraStore);
                    foreach (var element in received.ChainElements) policy.ExtraStore.Add(element.Certificate);
                }
                // The root need not be one of this machine: it must be one of the file.
                policy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
                return chain.Build(certificate) && IsRoot(chain.ChainElements[chain.ChainElements.Count - 1].Certificate);
            }
        }

        private bool IsRoot(X509Certificate2 certificate)
        {
            return _roots.Any(root => root.RawData.SequenceEqual(certificate.RawData));
        }
    }
}
