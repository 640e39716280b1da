using System;
using System.IO;
using System.Linq;
using System.Net;

namespace Winsockd
{
    /// <summary>
    /// The settings of a rig: each from the options, then from the environment, the token at last from the token file
    /// of this machine. Messages hold neither the token nor the user information of a URL.
    /// </summary>
    internal sealed class RigSettings
    {
        private const string DefaultUrl = "http://127.0.0.1:10093";

        /// <summary>Throws <see cref="ArgumentException"/> or <see cref="FileNotFoundException"/>.</summary>
        public RigSettings(WinsockRigOptions options)
        {
            Url = Checked(options.Url ?? Variable("WINSOCKD_URL") ?? DefaultUrl, options.Insecure);
            Token = CheckedToken(options.Token ?? Variable("WINSOCKD_TOKEN") ?? TokenOfThisMachine());
            CaFile = options.CaFile ?? Variable("WINSOCKD_CAFILE");
        }

        /// <summary>Scheme, host and port.</summary>
        public Uri Url { get; }

        public string Token { get; }

        /// <summary>The path of a PEM file; null without one.</summary>
        public string CaFile { get; }

        public bool HasTls => Url.Scheme == "https";

        private static string Variable(string name)
        {
            var found = Environment.GetEnvironmentVariable(name);
            return string.IsNullOrEmpty(found) ? null : found;
        }

        private static Uri Checked(string url, bool isInsecure)
        {
            // Before anything names the URL: what stands there may be a password.
            if (url.Contains("@"))
                throw new ArgumentException("the URL of a daemon has a scheme, a host and a port only, no user information");
            if (url.Any(character => character < '!' || character > '~')
                || !Uri.TryCreate(url, UriKind.Absolute, out var found)
                || (found.Scheme != "http" && found.Scheme != "https")
                || found.Host == "" || found.Port <= 0)
                throw new ArgumentException($"{url} is not a URL such as {DefaultUrl}");
            if (found.PathAndQuery != "/" || found.Fragment != "")
                throw new ArgumentException($"the URL of a daemon has a scheme, a host and a port only, not {url}");
            if (found.Scheme == "http" && !isInsecure && !IsLoopback(found))
                throw new ArgumentException($"{url} has no TLS, so that others can read the token: use https, or Insecure");
            return found;
        }

        private static bool IsLoopback(Uri url)
        {
            return url.DnsSafeHost == "localhost"
                || (IPAddress.TryParse(url.DnsSafeHost, out var address) && IPAddress.IsLoopback(address));
        }

        private static string CheckedToken(string token)
        {
            var found = token.Trim();
            if (found == "" || found.Any(character => character < '!' || character > '~'))
                throw new ArgumentException("the token has other characters than visible ASCII without spaces, or none");
            return found;
        }

        private static string TokenOfThisMachine()
        {
            var path = TokenFile();
            if (!File.Exists(path))
                throw new FileNotFoundException($"no token: neither an option, nor WINSOCKD_TOKEN, nor {path}", path);
            return File.ReadAllText(path);
        }

        private static string TokenFile()
        {
            var state = Environment.OSVersion.Platform == PlatformID.Win32NT
                ? Variable("LOCALAPPDATA") ?? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Variable("XDG_STATE_HOME") ?? Path.Combine(Variable("HOME") ?? "/", ".local", "state");
            return Path.Combine(state, "winsockd", "token");
        }
    }
}
