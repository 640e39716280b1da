using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

namespace Winsockd.Tests
{
    internal static class ErrorTests
    {
        [Test]
        public static async Task A_refused_connection_is_a_SocketException_with_the_number_of_Windows()
        {
            using (var rig = await WinsockRig.OpenAsync())
            using (var session = await rig.BeginSessionAsync(new WinsockSessionOptions { Provider = "lab" }))
            using (var client = new WinsockClient(session))
            {
                try
                {
                    await client.ConnectAsync("10.0.0.1", 9);
                }
                catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
                {
                    Check.Equal(10061, error.ErrorCode);
                    var winsock = (WinsockException)error;
                    Check.Equal(10061, winsock.Code);
                    Check.Equal("WSAECONNREFUSED", winsock.Name);
                    Check.Equal<object>("connect", winsock.Problem["operation"]);
                    return;
                }
                Check.True(false, "it was refused");
            }
        }

        [Test]
        public static async Task The_policy_of_the_daemon_is_a_RefusedException()
        {
            using (var rig = await WinsockRig.OpenAsync())
            using (var session = await rig.BeginSessionAsync())
            using (var client = new WinsockClient(session))
            {
                var error = await Check.Throws<RefusedException>(() => client.ConnectAsync("192.0.2.1", 80));
                Check.Equal("destination-denied", error.Name);
                Check.Equal<object>(403L, error.Problem["status"]);
                Check.True(!client.IsOpen, "the socket of the attempt is closed");
            }
        }

        [Test]
        public static async Task A_name_that_is_not_found_and_an_address_in_use_have_their_codes()
        {
            using (var pair = await Pair.ConnectedAsync())
            using (var client = new WinsockClient(pair.Session))
            using (var second = new WinsockListener(pair.Session, pair.Listener.LocalEndpoint))
            {
                var lookup = await Check.Throws<WinsockException>(() => client.ConnectAsync("nowhere.invalid", 80));
                Check.True(
                    lookup.SocketErrorCode == SocketError.HostNotFound || lookup.SocketErrorCode == SocketError.TryAgain,
                    "it is a code of a lookup");
                var inUse = await Check.Throws<WinsockException>(() => second.StartAsync());
                Check.Equal(SocketError.AddressAlreadyInUse, inUse.SocketErrorCode);
            }
        }

        [Test]
        public static async Task A_reset_is_an_IOException_with_ConnectionReset_inside()
        {
            using (var pair = await Pair.ConnectedAsync())
            {
                await pair.Client.SetOptionAsync("SOL_SOCKET", "SO_LINGER", new LingerOption(true, 0));
                pair.Client.Close();
                var error = await Check.Throws<IOException>(() => Pair.HearAsync(pair.Peer));
                Check.Equal(SocketError.ConnectionReset, ((SocketException)error.InnerException).SocketErrorCode);
            }
        }

        [Test]
        public static async Task Wrong_parameters_are_refused_and_unknown_values_are_an_ArgumentException()
        {
            using (var pair = await Pair.ConnectedAsync())
            {
                var error = await Check.Throws<RefusedException>(
                    () => pair.Client.CallAsync("shutdown", new { how = "SD_NEVER" }));
                Check.Equal("validation", error.Name);
                await Check.Throws<ArgumentException>(() => pair.Client.CallAsync("shutdown", new { how = DateTime.Now }));
                var endless = new List<object>();
                endless.Add(endless);
                await Check.Throws<ArgumentException>(() => pair.Client.CallAsync("shutdown", new { how = endless }));
                await Pair.SayAsync(pair.Client, "still"); // the connection to the daemon is as before
                Check.Equal("still", await Pair.HearAsync(pair.Peer));
            }
        }

        [Test]
        public static async Task A_listener_that_stops_ends_its_accepts()
        {
            using (var pair = await Pair.ConnectedAsync())
            {
                var accepting = pair.Listener.AcceptClientAsync();
                pair.Listener.Stop();
                var error = await Check.Throws<WinsockException>(() => accepting);
                Check.Equal(SocketError.Interrupted, error.SocketErrorCode);
                await Check.Throws<ObjectDisposedException>(() => pair.Listener.AcceptClientAsync());
            }
        }

        [Test]
        public static async Task All_waits_end_when_the_rig_is_closed()
        {
            using (var pair = await Pair.ConnectedAsync())
            {
                var reading = pair.Client.GetStream().ReadAsync(new byte[1], 0, 1);
                var accepting = pair.Listener.AcceptClientAsync();
                pair.Rig.Dispose();
                await Check.Throws<IOException>(() => reading); // WSA_OPERATION_ABORTED by the end of the session
                await Check.Throws<WinsockException>(() => accepting);
                await Check.Throws<RigLostException>(() => pair.Rig.BeginSessionAsync());
                Check.True(pair.Session.IsEnded, "the session has ended");
            }
        }

        [Test]
        public static async Task A_daemon_refuses_one_rig_too_many_and_all_waits_end_when_it_is_lost()
        {
            var main = Environment.GetEnvironmentVariable("TESTS_DAEMON");
            var announcement = new Regex(@"listening on http://127\.0\.0\.1:(\d+)");
            using (var daemon = await ServerProcess.StartAsync("node", main, announcement, "."))
            using (var rig = await WinsockRig.OpenAsync(new WinsockRigOptions { Url = $"http://127.0.0.1:{daemon.Port}" }))
            using (var session = await rig.BeginSessionAsync())
            using (var listener = new WinsockListener(session, IPAddress.Loopback, 0))
            {
                // It has room for one WebSocket.
                var options = new WinsockRigOptions { Url = rig.Url.ToString() };
                var refused = await Check.Throws<RefusedException>(() => WinsockRig.OpenAsync(options));
                Check.Equal("quota", refused.Name);
                listener.Start();
                var accepting = listener.AcceptClientAsync();
                var blocking = Task.Run(() => listener.AcceptClient());
                daemon.Kill();
                await Check.Throws<RigLostException>(() => blocking);
                await Check.Throws<RigLostException>(() => accepting);
                await Check.Throws<RigLostException>(() => listener.AcceptClientAsync());
                Check.True(rig.IsClosed, "the rig is closed");
            }
        }

        [Test]
        public static async Task A_write_by_HTTP_ends_with_the_rig_although_its_own_connection_does_not()
        {
            using (var pair = await Pair.ConnectedAsync())
            using (var network = new Forwarder(pair.Rig.Url))
            using (var rig = await WinsockRig.OpenAsync(new WinsockRigOptions { Url = network.Url }))
            using (var session = await rig.BeginSessionAsync())
            using (var client = new WinsockClient(session))
            {
                await client.ConnectAsync(pair.Listener.LocalEndpoint);
                var writing = client.GetStream().WriteAsync(new byte[32 * 1024 * 1024], 0, 32 * 1024 * 1024);
                var peer = await pair.Listener.AcceptClientAsync();
                Check.Equal(0, peer.GetStream().ReadByte()); // some were sent
                network.Freeze();
                network.CutWebSocket();
                await Check.Throws<RigLostException>(() => writing);
            }
        }

        [Test]
        public static async Task A_wrong_token_is_refused_and_no_daemon_is_a_lost_rig()
        {
            var wrong = new WinsockRigOptions { Token = "another-token-0123456789" };
            var refused = await Check.Throws<RefusedException>(() => WinsockRig.OpenAsync(wrong));
            Check.Equal("unauthorized", refused.Name);
            Check.True(!refused.ToString().Contains(wrong.Token), "no message shows the token");
            var holder = new TcpListener(IPAddress.Loopback, 0);
            holder.Start();
            var free = ((IPEndPoint)holder.LocalEndpoint).Port;
            holder.Stop();
            var nowhere = new WinsockRigOptions { Url = $"http://127.0.0.1:{free}" };
            await Check.Throws<RigLostException>(() => WinsockRig.OpenAsync(nowhere));
        }

        [Test]
        public static async Task A_url_that_would_show_the_token_to_others_is_no_url()
        {
            const string Urls = "http://rig.example http://me:secret@127.0.0.1 ftp://127.0.0.1 http://127.0.0.1/v1 none";
            foreach (var url in Urls.Split(' '))
            {
                var options = new WinsockRigOptions { Url = url };
                var error = await Check.Throws<ArgumentException>(() => WinsockRig.OpenAsync(options));
                Check.True(!error.Message.Contains("secret"), "no message shows what may be a password");
            }
            await Check.Throws<ArgumentException>(() => WinsockRig.OpenAsync(new WinsockRigOptions { Token = "two words" }));
        }
    }
}
