using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>
    /// The bytes of a connection, as <see cref="System.Net.Sockets.NetworkStream"/> has them: failures are
    /// <see cref="IOException"/> with a <see cref="WinsockException"/> inside. One read and one write may be under way
    /// at once. Closing it closes the client.
    /// </summary>
    public sealed class WinsockStream : Stream
    {
        /// <summary>Up to so many bytes travel in one call; a longer write as raw bytes of HTTP.</summary>
        private const int CallBytes = 64 * 1024;

        /// <summary>One receive asks for no more.</summary>
        private const int MostReadBytes = 256 * 1024;

        private readonly WinsockClient _client;
        private int _readTimeout = Timeout.Infinite;
        private int _writeTimeout = Timeout.Infinite;

        internal WinsockStream(WinsockClient client)
        {
            _client = client;
        }

        /// <summary>Whether it is open.</summary>
        public override bool CanRead => _client.IsOpen;

        /// <summary>Whether it is open.</summary>
        public override bool CanWrite => _client.IsOpen;

        /// <summary>False.</summary>
        public override bool CanSeek => false;

        /// <summary>True.</summary>
        public override bool CanTimeout => true;

        /// <summary>It has none.</summary>
        /// <exception cref="NotSupportedException">Always.</exception>
        public override long Length => throw new NotSupportedException();

        /// <summary>It has none.</summary>
        /// <exception cref="NotSupportedException">Always.</exception>
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        /// <summary>
        /// How long <see cref="Read"/> waits, in milliseconds: then it fails with SocketError.TimedOut. No byte is lost,
        /// and the stream can be read on. As in .NET, asynchronous reads do not know it. -1: without end.
        /// </summary>
        public override int ReadTimeout
        {
            get => _readTimeout;
            set => _readTimeout = CheckedTimeout(value);
        }

        /// <summary>How long <see cref="Write"/> waits, in milliseconds, as <see cref="ReadTimeout"/>.</summary>
        public override int WriteTimeout
        {
            get => _writeTimeout;
            set => _writeTimeout = CheckedTimeout(value);
        }

        /// <summary>
        /// Receives bytes.
        /// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecv
        /// </summary>
        /// <param name="buffer">They come here.</param>
        /// <param name="offset">From here on.</param>
        /// <param name="count">At most so many.</param>
        /// <returns>How many; 0 if the peer has ended its stream.</returns>
        /// <exception cref="IOException">The receive has failed, or the time is over.</exception>
        public override int Read(byte[] buffer, int offset, int count)
        {
            return ReceiveAsync(buffer, offset, count, _readTimeout, Waiting.Blocking).GetAwaiter().GetResult();
        }

        /// <summary>As <see cref="Read"/>.</summary>
        /// <param name="buffer">They come here.</param>
        /// <param name="offset">From here on.</param>
        /// <param name="count">At most so many.</param>
        /// <param name="cancellationToken">
        /// Ends the wait at the daemon. No byte is lost: if some came at the same moment, they are returned.
        /// </param>
        /// <returns>How many; 0 if the peer has ended its stream.</returns>
        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            return ReceiveAsync(buffer, offset, count, Timeout.Infinite, cancellationToken);
        }

        /// <summary>
        /// Sends bytes, all of them. If that fails, <c>Data["BytesSent"]</c> of the exception says how many were sent.
        /// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasend
        /// </summary>
        /// <param name="buffer">They are here.</param>
        /// <param name="offset">From here on.</param>
        /// <param name="count">So many.</param>
        /// <exception cref="IOException">The send has failed, or the time is over.</exception>
        public override void Write(byte[] buffer, int offset, int count)
        {
            SendAsync(buffer, offset, count, _writeTimeout, Waiting.Blocking).GetAwaiter().GetResult();
        }

        /// <summary>As <see cref="Write"/>.</summary>
        /// <param name="buffer">They are here.</param>
        /// <param name="offset">From here on.</param>
        /// <param name="count">So many.</param>
        /// <param name="cancellationToken">
        /// Ends the wait at the daemon. <c>Data["BytesSent"]</c> of the exception says how many were sent.
        /// </param>
        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            return SendAsync(buffer, offset, count, Timeout.Infinite, cancellationToken);
        }

        /// <summary>Begins <see cref="ReadAsync(byte[], int, int, CancellationToken)"/>.</summary>
        /// <param name="buffer">Bytes come here.</param>
        /// <param name="offset">From here on.</param>
        /// <param name="count">At most so many.</param>
        /// <param name="callback">Is called at the end.</param>
        /// <param name="state">Of the caller.</param>
        public override IAsyncResult BeginRead(
            byte[] buffer, int offset, int count, AsyncCallback callback, object state)
        {
            // That of Stream would let a write wait for a read.
            return TaskResults.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);
        }

        /// <summary>The end of <see cref="BeginRead"/>.</summary>
        /// <param name="asyncResult">What it returned.</param>
        /// <returns>As <see cref="Read"/>.</returns>
        public override int EndRead(IAsyncResult asyncResult) => TaskResults.End(asyncResult);

        /// <summary>Begins <see cref="WriteAsync(byte[], int, int, CancellationToken)"/>.</summary>
        /// <param name="buffer">Bytes are here.</param>
        /// <param name="offset">From here on.</param>
        /// <param name="count">So many.</param>
        /// <param name="callback">Is called at the end.</param>
        /// <param name="state">Of the caller.</param>
        public override IAsyncResult BeginWrite(
            byte[] buffer, int offset, int count, AsyncCallback callback, object state)
        {
            return TaskResults.Begin(SendAsync(buffer, offset, count, Timeout.Infinite, CancellationToken.None), callback, state);
        }

        /// <summary>The end of <see cref="BeginWrite"/>.</summary>
        /// <param name="asyncResult">What it returned.</param>
        public override void EndWrite(IAsyncResult asyncResult) => TaskResults.End(asyncResult);

        /// <summary>Does nothing: every write is sent.</summary>
        public override void Flush()
        {
        }

        /// <summary>Does nothing: every write is sent.</summary>
        /// <param name="cancellationToken">Is not needed.</param>
        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        /// <summary>Is not possible.</summary>
        /// <param name="offset">Is not used.</param>
        /// <param name="origin">Is not used.</param>
        /// <exception cref="NotSupportedException">Always.</exception>
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        /// <summary>Is not possible.</summary>
        /// <param name="value">Is not used.</param>
        /// <exception cref="NotSupportedException">Always.</exception>
        public override void SetLength(long value) => throw new NotSupportedException();

        /// <summary>Closes the client.</summary>
        /// <param name="disposing">False in a finalizer, which it has not.</param>
        protected override void Dispose(bool disposing)
        {
            if (disposing) _client.Dispose();
            base.Dispose(disposing);
        }

        private static int CheckedTimeout(int value)
        {
            if (value > 0 || value == Timeout.Infinite) return value;
            throw new ArgumentOutOfRangeException(nameof(value), "milliseconds, or -1 for no time-out");
        }

        /// <summary>At once, also for a method that returns a task: these are mistakes of the program.</summary>
        private void Check(byte[] buffer, int offset, int count)
        {
            if (buffer == null) throw new ArgumentNullException(nameof(buffer));
            if (offset < 0 || offset > buffer.Length) throw new ArgumentOutOfRangeException(nameof(offset));
            if (count < 0 || count > buffer.Length - offset) throw new ArgumentOutOfRangeException(nameof(count));
            _client.ThrowIfClosed();
        }

        private Task<int> ReceiveAsync(byte[] buffer, int offset, int count, int timeout, Waiting waiting)
        {
            Check(buffer, offset, count);
            return count == 0 ? Task.FromResult(0) : ReceiveSomeAsync(buffer, offset, count, timeout, waiting);
        }

        private async Task<int> ReceiveSomeAsync(byte[] buffer, int offset, int count, int timeout, Waiting waiting)
        {
            try
            {
                var parameters = new { maxBytes = Math.Min(count, MostReadBytes) };
                var answer = await _client.WaitCallAsync("recv", parameters, timeout, waiting).ConfigureAwait(false);
                var received = Bytes.Of(answer, "data");
                Buffer.BlockCopy(received, 0, buffer, offset, received.Length);
                return received.Length;
            }
            catch (WinsockException error)
            {
                throw new IOException("The receive has failed: " + error.Message, error);
            }
        }

        private Task SendAsync(byte[] buffer, int offset, int count, int timeout, Waiting waiting)
        {
            Check(buffer, offset, count);
            return SendAllAsync(buffer, offset, count, timeout, waiting);
        }

        private async Task SendAllAsync(byte[] buffer, int offset, int count, int timeout, Waiting waiting)
        {
            var deadline = new Deadline(timeout);
            var sent = 0;
            try
            {
                while (sent < count)
                    sent += await SendSomeAsync(buffer, offset + sent, count - sent, deadline.Left, waiting)
                        .ConfigureAwait(false);
            }
            catch (WinsockException error)
            {
                sent += BytesSentOf(error.Problem);
                throw Telling(new IOException("The send has failed: " + error.Message, error), sent);
            }
            catch (RefusedException error)
            {
                Telling(error, sent + BytesSentOf(error.Problem));
                throw;
            }
            catch (OperationCanceledException error)
            {
                Telling(error, sent);
                throw;
            }
        }

        /// <summary>
        /// One call. Raw bytes do not tell how many were sent when their request is cancelled, and HTTP does not block:
        /// for both the bytes travel in pieces.
        /// </summary>
        private async Task<int> SendSomeAsync(byte[] buffer, int offset, int count, int timeout, Waiting waiting)
        {
            if (count > CallBytes && !waiting.Blocks && !waiting.Token.CanBeCanceled)
                return await SendRawAsync(new ArraySegment<byte>(buffer, offset, count)).ConfigureAwait(false);
            var parameters = new { data = Bytes.ToWire(buffer, offset, Math.Min(count, CallBytes)) };
            var answer = await _client.WaitCallAsync("send", parameters, timeout, waiting).ConfigureAwait(false);
            return (int)(long)answer["bytesSent"];
        }

        private async Task<int> SendRawAsync(ArraySegment<byte> bytes)
        {
            var rig = _client.Session.Rig;
            try
            {
                await rig.WatchAsync(end => rig.Http.SendBytesAsync(_client.Id, bytes, end)).ConfigureAwait(false);
                return bytes.Count;
            }
            catch (RefusedException refused) when (refused.Name == "wait-limit")
            {
                return BytesSentOf(refused.Problem);
            }
        }

        private static int BytesSentOf(IReadOnlyDictionary<string, object> problem)
        {
            return problem.TryGetValue("bytesSent", out var found) ? (int)(long)found : 0;
        }

        private static Exception Telling(Exception error, int sent)
        {
            error.Data["BytesSent"] = sent;
            return error;
        }
    }
}
