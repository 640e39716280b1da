using System;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>
    /// The connection below a WebSocket. Its asynchronous methods block, so that they end in the thread that calls them:
    /// one that only reads, and one that only sends.
    /// </summary>
    internal sealed class BlockingStream : Stream
    {
        private readonly Socket _socket;
        private readonly Stream _stream;

        /// <param name="socket">The connection.</param>
        /// <param name="stream">Its bytes, perhaps by way of TLS.</param>
        public BlockingStream(Socket socket, Stream stream)
        {
            _socket = socket;
            _stream = stream;
        }

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => _stream.Read(buffer, offset, count);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            return Task.FromResult(_stream.Read(buffer, offset, count));
        }

        public override void Write(byte[] buffer, int offset, int count) => _stream.Write(buffer, offset, count);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            _stream.Write(buffer, offset, count);
            return Task.CompletedTask;
        }

        public override void Flush() => _stream.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            _stream.Flush();
            return Task.CompletedTask;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                try
                {
                    _socket.Shutdown(SocketShutdown.Both); // it ends a read that blocks
                }
                catch (Exception error) when (error is SocketException || error is ObjectDisposedException)
                {
                    // It has ended already.
                }
                _socket.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
