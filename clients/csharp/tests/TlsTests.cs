using System;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

namespace Winsockd.Tests
{
    internal static class TlsTests
    {
        private static readonly string Folder = Environment.GetEnvironmentVariable("TESTS_FOLDER");
        private static readonly string Daemon = Environment.GetEnvironmentVariable("TESTS_TLS_URL");

        [Test]
        public static async Task SslStream_speaks_with_OpenSSL_over_the_stream_of_a_client()
        {
            using (var server = await StartOpenSslAsync("trusted", "-rev"))
            using (var rig = await WinsockRig.OpenAsync())
            using (var session = await rig.BeginSessionAsync())
            using (var client = new WinsockClient(session))
            {
                await client.ConnectAsync("localhost", server.Port);
                using (var secure = new SslStream(client.GetStream()))
                {
                    await secure.AuthenticateAsClientAsync("localhost");
                    Check.True(secure.IsEncrypted && secure.IsAuthenticated, "it is encrypted");
                    var writer = new StreamWriter(secure) { NewLine = "\n", AutoFlush = true };
                    var reader = new StreamReader(secure);
                    for (var round = 0; round < 20; round++)
                    {
                        // The server sends each line back in reverse.
                        var line = round + new string((char)('a' + round), 1 + (round * 100));
                        await writer.WriteLineAsync(line);
                        Check.Equal(new string(line.Reverse().ToArray()), await reader.ReadLineAsync());
                    }
                }
                Check.True(!client.IsOpen, "closing it closes the client");
            }
        }

        [Test]
        public static async Task SslStream_refuses_an_unknown_authority_and_another_host()
        {
            using (var unknown = await StartOpenSslAsync("server", "-rev"))
            using (var trusted = await StartOpenSslAsync("trusted", "-rev"))
            using (var rig = await WinsockRig.OpenAsync())
            using (var session = await rig.BeginSessionAsync())
            {
                await RefusesAsync(session, unknown, "localhost");
                await RefusesAsync(session, trusted, "elsewhere.test");
            }
        }

        [Test]
        public static async Task A_daemon_with_TLS_is_trusted_by_the_authority_of_the_file()
        {
            foreach (var host in new[] { "127.0.0.1", "localhost" })
            {
                var options = new WinsockRigOptions { Url = Daemon.Replace("127.0.0.1", host), CaFile = PathOf("ca.pem") };
                using (var rig = await WinsockRig.OpenAsync(options))
                using (var session = await rig.BeginSessionAsync(new WinsockSessionOptions { Provider = "lab" }))
                using (var client = new WinsockClient(session))
                {
                    // Calls, and raw bytes by HTTP.
                    var error = await Check.Throws<WinsockException>(() => client.ConnectAsync("10.0.0.1", 9));
                    Check.Equal("WSAECONNREFUSED", error.Name);
                    await client.OpenAsync();
                    Check.True((await client.CaptureAsync()).Length > 0, "the capture came");
                }
            }
        }

        [Test]
        public static async Task A_daemon_with_TLS_is_refused_without_the_file_and_with_another_authority_of_that_name()
        {
            foreach (var file in new[] { null, "other-ca.pem" })
            {
                var options = new WinsockRigOptions { Url = Daemon, CaFile = file == null ? null : PathOf(file) };
                var error = await Check.Throws<RigLostException>(() => WinsockRig.OpenAsync(options));
                Check.True(error.Message.Contains("CERTIFICATE_VERIFY_FAILED"), error.Message);
            }
            await Check.Throws<ArgumentException>(
                () => WinsockRig.OpenAsync(new WinsockRigOptions { Url = Daemon, CaFile = PathOf("server.key") }));
        }

        [Test]
        public static async Task A_certificate_in_the_file_itself_is_trusted_for_its_own_hosts_alone()
        {
            // What is trusted is heard: it is a page of OpenSSL.
            await OpensAsPageAsync("self", "is no winsockd");
            await OpensAsPageAsync("elsewhere", "CERTIFICATE_VERIFY_FAILED");
        }

        [Test]
        public static async Task A_certificate_of_the_authority_must_be_of_this_time_and_for_servers()
        {
            await OpensAsPageAsync("server", "is no winsockd", "ca");
            await OpensAsPageAsync("expired", "CERTIFICATE_VERIFY_FAILED", "ca");
            await OpensAsPageAsync("for-clients", "CERTIFICATE_VERIFY_FAILED", "ca");
        }

        private static async Task OpensAsPageAsync(string name, string message, string authority = null)
        {
            using (var server = await StartOpenSslAsync(name, "-www"))
            {
                var file = PathOf((authority ?? name) + ".pem");
                var options = new WinsockRigOptions { Url = $"https://127.0.0.1:{server.Port}", CaFile = file };
                var error = await Check.Throws<RigLostException>(() => WinsockRig.OpenAsync(options));
                Check.True(error.Message.Contains(message), error.Message);
            }
        }

        private static async Task RefusesAsync(WinsockSession session, ServerProcess server, string host)
        {
            using (var client = new WinsockClient(session))
            {
                await client.ConnectAsync("localhost", server.Port);
                using (var secure = new SslStream(client.GetStream()))
                    await Check.Throws<AuthenticationException>(() => secure.AuthenticateAsClientAsync(host));
            }
        }

        private static string PathOf(string name) => Path.Combine(Folder, name);

        private static Task<ServerProcess> StartOpenSslAsync(string name, string mode)
        {
            var arguments = $"s_server -accept 127.0.0.1:0 -cert {name}.pem -key {name}.key {mode}";
            return ServerProcess.StartAsync("openssl", arguments, new Regex(@"ACCEPT 127\.0\.0\.1:(\d+)"), Folder);
        }
    }
}
