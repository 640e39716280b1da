using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd.Tests
{
    internal static class StreamTests
    {
        [Test]
        public static async Task After_a_half_close_the_other_direction_goes_on()
        {
            using (var pair = await Pair.ConnectedAsync())
            {
                pair.Client.ShutdownSend();
                Check.Equal("", await Pair.HearAsync(pair.Peer));
                await Pair.SayAsync(pair.Peer, "reply");
                Check.Equal("reply", await Pair.HearAsync(pair.Client));
                var error = await Check.Throws<IOException>(() => Pair.SayAsync(pair.Client, "more"));
                var inner = (WinsockException)error.InnerException;
                Check.Equal(SocketError.Shutdown, inner.SocketErrorCode);
                Check.Equal("WSAESHUTDOWN", inner.Name);
            }
        }

        [Test]
        public static async Task Much_data_arrives_whole_by_raw_bytes_and_by_calls()
        {
            var sent = new byte[3000000];
            new Random(1).NextBytes(sent);
            using (var pair = await Pair.ConnectedAsync())
            using (var cancel = new CancellationTokenSource())
            using (var received = new MemoryStream())
            {
                var copying = pair.Peer.GetStream().CopyToAsync(received);
                await pair.Client.GetStream().WriteAsync(sent, 0, 1500000); // as raw bytes
                await pair.Client.GetStream().WriteAsync(sent, 1500000, 1500000, cancel.Token); // in pieces
                pair.Client.Close();
                await copying;
                Check.True(sent.SequenceEqual(received.ToArray()), "all bytes arrived in their order");
            }
        }

        [Test]
        public static async Task Many_tasks_use_one_rig_at_once()
        {
            using (var rig = await WinsockRig.OpenAsync())
            using (var session = await rig.BeginSessionAsync())
            using (var listener = new WinsockListener(session, IPAddress.Loopback, 0))
            {
                listener.Start();
                var echoes = Enumerable.Range(0, 50).Select(async number =>
                {
                    using (var client = new WinsockClient(session))
                    {
                        await client.ConnectAsync("127.0.0.1", listener.LocalEndpoint.Port);
                        await Pair.SayAsync(client, "task " + number);
                        Check.Equal("task " + number, await Pair.HearAsync(client));
                    }
                });
                var serving = Enumerable.Range(0, 50).Select(async _ =>
                {
                    using (var peer = await listener.AcceptClientAsync())
                        await Pair.SayAsync(peer, await Pair.HearAsync(peer));
                });
                await Task.WhenAll(echoes.Concat(serving));
            }
        }

        [Test]
        public static async Task Threads_that_block_in_reads_do_not_hold_up_each_other()
        {
            using (var pair = await Pair.ConnectedAsync())
            {
                // Each byte wakes one of them.
                var readers = Enumerable.Range(0, 16).Select(_ => Task.Run(() => pair.Peer.GetStream().ReadByte())).ToList();
                pair.Client.GetStream().Write(new byte[16], 0, 16);
                Check.Equal(0, (await Task.WhenAll(readers)).Sum());
            }
        }

        [Test]
        public static async Task A_blocking_read_does_not_need_the_context_of_its_thread()
        {
            using (var pair = await Pair.ConnectedAsync())
            {
                await Pair.SayAsync(pair.Client, "x");
                var read = new TaskCompletionSource<int>();
                var thread = new Thread(() =>
                {
                    // That of a user interface: what is posted would run on the thread that now waits.
                    SynchronizationContext.SetSynchronizationContext(new NeverContext());
                    read.SetResult(pair.Peer.GetStream().Read(new byte[1], 0, 1));
                });
                thread.Start();
                Check.Equal(1, await read.Task);
            }
        }

        [Test]
        public static async Task A_read_timeout_loses_nothing_and_the_stream_goes_on()
        {
            using (var pair = await Pair.ConnectedAsync())
            {
                var stream = pair.Peer.GetStream();
                Check.True(stream.CanTimeout, "it can time out");
                stream.ReadTimeout = 50;
                var error = await Check.Throws<IOException>(() => Task.Run(() => stream.Read(new byte[1], 0, 1)));
                Check.Equal(SocketError.TimedOut, ((SocketException)error.InnerException).SocketErrorCode);
                await Pair.SayAsync(pair.Client, "late");
                Check.Equal("late", await Pair.HearAsync(pair.Peer));
                await Check.Throws<ArgumentOutOfRangeException>(() => Task.Run(() => stream.ReadTimeout = 0));
            }
        }

        [Test]
        public static async Task A_read_may_wait_longer_than_one_call_of_the_daemon()
        {
            using (var pair = await Pair.ConnectedAsync())
            {
                var reading = Pair.HearAsync(pair.Peer);
                var hasReachedLimit = false;
                while (!hasReachedLimit)
                {
                    await Task.Delay(50);
                    var journal = await pair.Peer.JournalAsync();
                    hasReachedLimit = journal.Any(
                        entry => entry.ContainsKey("refusal") && (string)entry["refusal"] == "wait-limit");
                }
                await Pair.SayAsync(pair.Client, "after all");
                Check.Equal("after all", await reading);
            }
        }

        [Test]
        public static async Task A_write_timeout_tells_how_much_was_sent()
        {
            using (var pair = await Pair.ConnectedAsync())
            {
                var stream = pair.Client.GetStream();
                stream.WriteTimeout = 200;
                var bytes = new byte[32 * 1024 * 1024];
                var error = await Check.Throws<IOException>(() => Task.Run(() => stream.Write(bytes, 0, bytes.Length)));
                Check.Equal(SocketError.TimedOut, ((SocketException)error.InnerException).SocketErrorCode);
                var sent = (int)error.Data["BytesSent"];
                pair.Client.Close();
                var received = new MemoryStream();
                await pair.Peer.GetStream().CopyToAsync(received);
                Check.Equal(sent, (int)received.Length);
            }
        }

        [Test]
        public static async Task The_older_pattern_reads_and_writes_at_once()
        {
            using (var pair = await Pair.ConnectedAsync())
            {
                var client = pair.Client.GetStream();
                var ended = new TaskCompletionSource<object>();
                var buffer = new byte[10];
                var read = client.BeginRead(buffer, 0, 10, result => ended.SetResult(result.AsyncState), "state");
                // The read waits, and does not hold up the write.
                client.EndWrite(client.BeginWrite(new byte[] { 7 }, 0, 1, null, null));
                Check.Equal(7, pair.Peer.GetStream().ReadByte());
                pair.Peer.GetStream().WriteByte(8);
                Check.Equal<object>("state", await ended.Task);
                Check.Equal(1, client.EndRead(read));
                Check.Equal(8, buffer[0]);
            }
        }

        [Test]
        public static async Task Wrong_arguments_and_the_use_of_a_closed_stream_fail_at_once()
        {
            using (var pair = await Pair.ConnectedAsync())
            using (var datagrams = new WinsockUdpClient(pair.Session))
            {
                var stream = pair.Client.GetStream();
                var one = new byte[1];
                Fails<ArgumentNullException>(() => stream.ReadAsync(null, 0, 0));
                Fails<ArgumentOutOfRangeException>(() => stream.ReadAsync(one, 2, 0));
                Fails<ArgumentOutOfRangeException>(() => stream.WriteAsync(one, 1, 1));
                Fails<ArgumentOutOfRangeException>(() => stream.BeginWrite(one, -1, 1, null, null));
                Fails<ArgumentNullException>(() => stream.EndRead(null));
                Fails<NotSupportedException>(() => stream.Seek(0, SeekOrigin.Begin));
                Check.Equal(0, await stream.ReadAsync(one, 1, 0)); // nothing to receive, nothing to wait for
                await stream.WriteAsync(one, 1, 0);
                await Check.Throws<ArgumentNullException>(() => datagrams.BindAsync(null));
                await Check.Throws<ArgumentNullException>(() => datagrams.SendAsync(one, null));
                await Check.Throws<ArgumentNullException>(() => datagrams.SendAsync(null, pair.Listener.LocalEndpoint));
                stream.Close();
                Check.True(!stream.CanRead && !stream.CanWrite, "it is closed");
                Fails<ObjectDisposedException>(() => stream.ReadAsync(one, 0, 1));
                Fails<ObjectDisposedException>(() => stream.BeginRead(one, 0, 1, null, null));
                await Check.Throws<ObjectDisposedException>(() => pair.Client.OpenAsync());
            }
        }

        [Test]
        public static async Task Closing_the_stream_closes_the_client()
        {
            using (var pair = await Pair.ConnectedAsync())
            {
                var waiting = pair.Client.GetStream().ReadAsync(new byte[1], 0, 1);
                using (pair.Client.GetStream()) Check.True(pair.Client.Connected, "it is connected");
                Check.True(!pair.Client.Connected, "it is not connected");
                var error = await Check.Throws<IOException>(() => waiting);
                Check.Equal(SocketError.Interrupted, ((SocketException)error.InnerException).SocketErrorCode);
                Check.Equal("", await Pair.HearAsync(pair.Peer));
                await Check.Throws<ObjectDisposedException>(() => Task.Run(() => pair.Client.GetStream()));
            }
        }

        [Test]
        public static async Task Readers_and_writers_of_text_speak_with_the_http_server_of_Python()
        {
            var announcement = new Regex(@"port (\d+)");
            var folder = Environment.GetEnvironmentVariable("TESTS_FOLDER");
            const string Arguments = "-u -m http.server 0 --bind 127.0.0.1";
            using (var server = await ServerProcess.StartAsync("python3", Arguments, announcement, folder))
            using (var rig = await WinsockRig.OpenAsync())
            using (var session = await rig.BeginSessionAsync())
            using (var client = new WinsockClient(session))
            {
                await client.ConnectAsync("localhost", server.Port);
                using (var writer = new StreamWriter(client.GetStream()) { NewLine = "\r\n" })
                using (var reader = new StreamReader(client.GetStream()))
                {
                    await writer.WriteLineAsync("GET /ca.pem HTTP/1.0");
                    await writer.WriteLineAsync();
                    await writer.FlushAsync();
                    Check.Equal("HTTP/1.0 200 OK", await reader.ReadLineAsync());
                    var rest = await reader.ReadToEndAsync();
                    Check.True(rest.TrimEnd().EndsWith("-----END CERTIFICATE-----"), "the whole file came");
                }
            }
        }

        private static void Fails<T>(Action act)
            where T : Exception
        {
            try
            {
                act();
            }
            catch (T)
            {
                return;
            }
            throw new InvalidOperationException($"there was no {typeof(T).Name}");
        }

        /// <summary>A context that runs nothing.</summary>
        private sealed class NeverContext : SynchronizationContext
        {
            public override void Post(SendOrPostCallback callback, object state)
            {
            }
        }
    }
}
