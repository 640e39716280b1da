using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd.Tests
{
    internal static class RigTests
    {
        [Test]
        public static async Task A_fault_of_a_socket_hits_the_call_that_it_names()
        {
            using (var pair = await Pair.ConnectedAsync())
            {
                var rule = new WinsockFaultRule("fail") { Operation = "send", Nth = 2, Code = "WSAENETDOWN" };
                using (var fault = await pair.Client.ArmFaultAsync(rule))
                {
                    await Pair.SayAsync(pair.Client, "one");
                    var error = await Check.Throws<IOException>(() => Pair.SayAsync(pair.Client, "two"));
                    Check.Equal("WSAENETDOWN", ((WinsockException)error.InnerException).Name);
                    Check.Equal(1L, await fault.HitsAsync());
                }
                Check.Equal(0, ((IReadOnlyList<object>)(await pair.Session.CallAsync("listFaults"))["faults"]).Count);
            }
        }

        [Test]
        public static async Task Faults_of_a_session_hit_all_its_sockets_from_its_first_call_on()
        {
            var rule = new WinsockFaultRule("fail") { Operation = "bind", Code = "WSAEADDRINUSE" };
            using (var rig = await WinsockRig.OpenAsync())
            using (var session = await rig.BeginSessionAsync(new WinsockSessionOptions { Faults = new[] { rule } }))
            using (var listener = new WinsockListener(session, IPAddress.Loopback, 0))
            {
                await Check.Throws<WinsockException>(() => listener.StartAsync());
                await session.ResetAsync();
                await listener.StartAsync();
            }
        }

        [Test]
        public static async Task Journal_and_capture_have_what_was_sent()
        {
            using (var pair = await Pair.ConnectedAsync(new WinsockSessionOptions { Capture = 1000 }))
            {
                await Pair.SayAsync(pair.Client, "captured");
                Check.Equal("captured", await Pair.HearAsync(pair.Peer));
                pair.Client.Close();
                var calls = (await pair.Client.JournalAsync()).Select(entry => (string)entry["operation"]).ToList();
                Check.Equal("socket connect send close", string.Join(" ", calls));
                var capture = Encoding.ASCII.GetString(await pair.Client.CaptureAsync());
                Check.True(capture.Contains("captured"), "the payload is there");
                var session = await pair.Session.JournalAsync();
                Check.Equal(1, session.Count(entry => (string)entry["operation"] == "accept"));
            }
        }

        [Test]
        public static async Task A_relay_joins_connections_and_cuts_them_by_its_faults()
        {
            using (var pair = await Pair.ConnectedAsync())
            using (var front = new WinsockListener(pair.Session, IPAddress.Loopback, 0))
            using (var client = new WinsockClient(pair.Session))
            {
                front.Start();
                var cut = new WinsockFaultRule("reset") { End = "client", Operation = "send", AfterBytes = 4 };
                var options = new WinsockRelayOptions { Faults = new[] { cut } };
                using (var relay = await front.StartRelayAsync(pair.Listener.LocalEndpoint, options))
                {
                    await client.ConnectAsync(front.LocalEndpoint);
                    using (var upstream = await pair.Listener.AcceptClientAsync())
                    {
                        await Pair.SayAsync(client, "asked");
                        Check.Equal("asked", await Pair.HearAsync(upstream));
                        await Pair.SayAsync(upstream, "answer");
                        var failure = await Check.Throws<IOException>(async () =>
                        {
                            while (await Pair.HearAsync(client) != "")
                            {
                            }
                        });
                        Check.Equal("WSAECONNRESET", ((WinsockException)failure.InnerException).Name);
                    }
                    Check.Equal(1, (await relay.PairsAsync()).Count);
                    await relay.PauseAsync();
                    Check.Equal<object>("paused", (await relay.InfoAsync())["state"]);
                    await relay.ResumeAsync();
                    await relay.SetFaultsAsync(new WinsockFaultRule[0]);
                }
            }
        }

        [Test]
        public static async Task A_batch_passes_results_on_and_tells_of_failures()
        {
            var address = new IPEndPoint(IPAddress.Parse("10.0.0.1"), 4000);
            using (var rig = await WinsockRig.OpenAsync())
            using (var session = await rig.BeginSessionAsync())
            {
                var batch = rig.CreateBatch();
                var server = batch.Add("socket", new { sessionId = session, provider = "lab" });
                batch.Add("bind", new { socketId = server.Reference("socketId"), address });
                batch.Add("listen", new { socketId = server.Reference("socketId") });
                var client = batch.Add("socket", new { sessionId = session, provider = "lab" });
                batch.Add("connect", new { socketId = client.Reference("socketId"), address });
                var sent = batch.Add("send", new { socketId = client.Reference("socketId"), data = new byte[5] }, repeat: 3);
                var late = batch.Add("listen", new { socketId = client.Reference("socketId") }, expectError: "WSAEISCONN");
                await Check.Throws<InvalidOperationException>(() => Task.FromResult(late.Outcome));
                await batch.RunAsync();
                Check.Equal("completed", batch.Outcome);
                Check.Equal<object>(5L, sent.Result["bytesSent"]);
                Check.Equal("expected", late.Outcome);
                Check.Equal("WSAEISCONN", ((WinsockException)late.Error).Name);

                var failing = rig.CreateBatch("cleanup");
                var unbound = failing.Add("socket", new { sessionId = session, provider = "lab" });
                failing.Add("listen", new { socketId = unbound.Reference("socketId") });
                var error = await Check.Throws<WinsockException>(() => failing.RunAsync());
                Check.Equal("WSAEINVAL", error.Name);

                var other = rig.CreateBatch();
                var expected = new Dictionary<string, object> { ["/version"] = "1.1" };
                other.Add("getSession", new { sessionId = session }, expect: expected);
                var unmet = await Check.Throws<InvalidDataException>(() => other.RunAsync());
                Check.True(unmet.Message.Contains("/version"), unmet.Message);
            }
        }

        [Test]
        public static async Task A_batch_that_is_cancelled_ends_with_the_token()
        {
            using (var pair = await Pair.ConnectedAsync())
            using (var cancel = new CancellationTokenSource())
            {
                var batch = pair.Rig.CreateBatch();
                batch.Add("send", new { socketId = pair.Client, data = new byte[1] });
                batch.Add("recv", new { socketId = pair.Client });
                var running = batch.RunAsync(cancel.Token);
                Check.Equal(0, pair.Peer.GetStream().ReadByte()); // it has begun
                cancel.Cancel();
                await Check.Throws<OperationCanceledException>(() => running);
            }
        }

        [Test]
        public static async Task Datagrams_go_to_and_fro()
        {
            using (var rig = await WinsockRig.OpenAsync())
            using (var session = await rig.BeginSessionAsync())
            using (var one = new WinsockUdpClient(session))
            using (var other = new WinsockUdpClient(session))
            {
                var address = await other.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
                await one.SendAsync(new byte[] { 1, 2, 3 }, address);
                var received = await other.ReceiveAsync();
                Check.Equal(3, received.Buffer.Length);
                await other.SendAsync(new byte[0], received.RemoteEndPoint);
                var answer = await one.ReceiveAsync();
                Check.Equal(0, answer.Buffer.Length);
                Check.Equal(address, answer.RemoteEndPoint);
            }
        }

        [Test]
        public static async Task The_lab_carries_disconnect_data()
        {
            using (var pair = await Pair.ConnectedAsync(new WinsockSessionOptions { Provider = "lab" }))
            {
                await pair.Client.SendDisconnectAsync(Encoding.ASCII.GetBytes("goodbye"));
                Check.Equal("", await Pair.HearAsync(pair.Peer));
                Check.Equal("goodbye", Encoding.ASCII.GetString(await pair.Peer.ReceiveDisconnectAsync()));
                Check.Equal(new IPEndPoint(IPAddress.Parse("10.0.0.1"), 4000), await pair.Client.RemoteEndPointAsync());
            }
        }

        [Test]
        public static async Task Options_are_set_and_read()
        {
            using (var pair = await Pair.ConnectedAsync())
            {
                await pair.Client.SetOptionAsync("IPPROTO_TCP", "TCP_NODELAY", true);
                Check.Equal<object>(true, await pair.Client.GetOptionAsync("IPPROTO_TCP", "TCP_NODELAY"));
                await pair.Client.SetOptionAsync("SOL_SOCKET", "SO_RCVTIMEO", 1234);
                Check.Equal<object>(1234L, await pair.Client.GetOptionAsync("SOL_SOCKET", "SO_RCVTIMEO"));
                await pair.Client.SetOptionAsync("SOL_SOCKET", "SO_LINGER", new LingerOption(true, 3));
                var linger = (IReadOnlyDictionary<string, object>)await pair.Client.GetOptionAsync("SOL_SOCKET", "SO_LINGER");
                Check.Equal<object>(3L, linger["linger"]);
            }
        }

        [Test]
        public static async Task What_is_closed_while_it_opens_leaves_no_socket_behind()
        {
            using (var rig = await WinsockRig.OpenAsync())
            using (var session = await rig.BeginSessionAsync())
            {
                for (var round = 0; round < 20; round++)
                {
                    var listener = new WinsockListener(session, IPAddress.Loopback, 0);
                    var starting = listener.StartAsync();
                    listener.Stop();
                    try
                    {
                        await starting;
                    }
                    catch (Exception error) when (error is ObjectDisposedException || error is WinsockException)
                    {
                        // As the moment of the close has it: before the socket was there, or behind.
                    }
                }
                Check.Equal<object>(0L, (await session.CallAsync("getSession"))["sockets"]);
            }
        }

        [Test]
        public static async Task A_session_has_its_version_and_ends_by_itself_alone()
        {
            using (var rig = await WinsockRig.OpenAsync())
            using (var other = await rig.BeginSessionAsync())
            {
                var session = await rig.BeginSessionAsync(new WinsockSessionOptions { Version = "1.1" });
                Check.Equal("1.1", session.Version);
                session.Dispose();
                Check.True(session.IsEnded && !other.IsEnded, "one has ended");
                var error = await Check.Throws<RefusedException>(() => session.CallAsync("getSession"));
                Check.Equal("session-ended", error.Name);
            }
        }
    }
}
