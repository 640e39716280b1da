namespace Winsockd
{
    /// <summary>Where a daemon is, and how this program proves that it may use it. What is null comes from the
    /// environment.</summary>
    public sealed class WinsockRigOptions
    {
        /// <summary>The URL: scheme, host and port. Otherwise WINSOCKD_URL, then http://127.0.0.1:10093.</summary>
        public string Url { get; set; }

        /// <summary>The token. Otherwise WINSOCKD_TOKEN, then the token file of a daemon of this user.</summary>
        public string Token { get; set; }

        /// <summary>
        /// The path of a PEM file with certificates to trust beside those of this machine. Otherwise WINSOCKD_CAFILE.
        /// </summary>
        public string CaFile { get; set; }

        /// <summary>Allows a URL without TLS to another machine. Then everybody on the way can read the token.</summary>
        public bool Insecure { get; set; }
    }
}
