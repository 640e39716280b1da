using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd.Tests
{
    internal static class CancelTests
    {
        private const int Rounds = 400;

        [Test]
        public static async Task A_cancelled_read_ends_with_the_token_of_its_caller()
        {
            using (var pair = await Pair.ConnectedAsync())
            using (var cancel = new CancellationTokenSource())
            {
                var reading = pair.Client.GetStream().ReadAsync(new byte[1], 0, 1, cancel.Token);
                cancel.Cancel();
                var error = await Check.Throws<OperationCanceledException>(() => reading);
                Check.Equal(cancel.Token, error.CancellationToken);
                Check.True(reading.IsCanceled, "its task is cancelled, not failed");
                await Check.Throws<OperationCanceledException>(
                    () => pair.Client.GetStream().ReadAsync(new byte[1], 0, 1, cancel.Token));
            }
        }

        [Test]
        public static async Task No_byte_is_lost_that_comes_at_the_moment_of_a_cancel()
        {
            var random = new Random(17);
            int sent = 0, received = 0, cancelled = 0;
            var buffer = new byte[64];
            using (var pair = await Pair.ConnectedAsync())
            {
                for (var round = 0; round < Rounds; round++)
                {
                    using (var cancel = new CancellationTokenSource())
                    {
                        var reading = pair.Peer.GetStream().ReadAsync(buffer, 0, buffer.Length, cancel.Token);
                        var bytes = new byte[random.Next(1, 40)];
                        for (var at = 0; at < bytes.Length; at++) bytes[at] = (byte)sent++;
                        // The cancel goes out before the bytes, behind them, or when they have been sent.
                        var order = random.Next(3);
                        if (order == 0) cancel.Cancel();
                        var writing = pair.Client.GetStream().WriteAsync(bytes, 0, bytes.Length);
                        if (order == 2) await writing;
                        cancel.Cancel();
                        await writing;
                        try
                        {
                            Take(buffer, await reading, ref received);
                        }
                        catch (OperationCanceledException)
                        {
                            cancelled++;
                        }
                    }
                }
                while (received < sent)
                    Take(buffer, await pair.Peer.GetStream().ReadAsync(buffer, 0, buffer.Length), ref received);
            }
            Check.True(cancelled > 0 && cancelled < Rounds, $"both came: {cancelled} of {Rounds} reads were cancelled");
        }

        [Test]
        public static async Task A_cancelled_write_tells_how_many_bytes_were_sent()
        {
            using (var pair = await Pair.ConnectedAsync())
            using (var cancel = new CancellationTokenSource())
            {
                var writing = pair.Client.GetStream().WriteAsync(new byte[32 * 1024 * 1024], 0, 32 * 1024 * 1024, cancel.Token);
                Check.Equal(1, await pair.Peer.GetStream().ReadAsync(new byte[1], 0, 1)); // some were sent
                cancel.Cancel();
                var error = await Check.Throws<OperationCanceledException>(() => writing);
                pair.Client.Close();
                var rest = new MemoryStream();
                await pair.Peer.GetStream().CopyToAsync(rest);
                Check.Equal((int)error.Data["BytesSent"], 1 + (int)rest.Length);
            }
        }

        [Test]
        public static async Task No_connection_is_lost_that_comes_at_the_moment_of_a_cancel()
        {
            using (var rig = await WinsockRig.OpenAsync())
            using (var session = await rig.BeginSessionAsync())
            using (var listener = new WinsockListener(session, IPAddress.Loopback, 0))
            {
                listener.Start();
                for (var round = 0; round < 30; round++)
                {
                    using (var client = new WinsockClient(session))
                    using (var cancel = new CancellationTokenSource())
                    {
                        var accepting = listener.AcceptClientAsync(cancel.Token);
                        var connecting = client.ConnectAsync(listener.LocalEndpoint);
                        if (round % 2 == 0) await connecting;
                        cancel.Cancel();
                        WinsockClient peer;
                        try
                        {
                            peer = await accepting;
                        }
                        catch (OperationCanceledException)
                        {
                            peer = null;
                        }
                        await connecting;
                        using (peer = peer ?? await listener.AcceptClientAsync())
                        {
                            await Pair.SayAsync(client, "round " + round);
                            Check.Equal("round " + round, await Pair.HearAsync(peer));
                        }
                    }
                }
            }
        }

        [Test]
        public static async Task A_connect_that_is_cancelled_ends_and_the_client_can_connect_again()
        {
            using (var rig = await WinsockRig.OpenAsync())
            using (var session = await rig.BeginSessionAsync(new WinsockSessionOptions { Provider = "lab" }))
            using (var client = new WinsockClient(session))
            using (var listener = new WinsockListener(session, IPAddress.Parse("10.0.0.1"), 4000))
            using (var cancel = new CancellationTokenSource(50))
            {
                // Nothing of the lab answers there.
                await Check.Throws<OperationCanceledException>(
                    () => client.ConnectAsync(new IPEndPoint(IPAddress.Parse("203.0.113.1"), 80), cancel.Token));
                listener.Start();
                await client.ConnectAsync(listener.LocalEndpoint);
                Check.True(client.Connected, "it is connected");
            }
        }

        [Test]
        public static async Task The_opening_of_a_rig_can_be_cancelled_while_nothing_answers()
        {
            var silent = new TcpListener(IPAddress.Loopback, 0);
            silent.Start();
            using (var cancel = new CancellationTokenSource())
            {
                var options = new WinsockRigOptions { Url = $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}" };
                var opening = WinsockRig.OpenAsync(options, cancel.Token);
                using (await silent.AcceptTcpClientAsync())
                {
                    cancel.Cancel();
                    var error = await Check.Throws<OperationCanceledException>(() => opening);
                    Check.Equal(cancel.Token, error.CancellationToken);
                }
            }
            silent.Stop();
        }

        private static void Take(byte[] buffer, int count, ref int received)
        {
            for (var at = 0; at < count; at++)
                if (buffer[at] != (byte)received++) throw new InvalidDataException($"byte {received - 1} is another");
        }
    }
}
