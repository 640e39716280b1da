using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.WebSockets;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>
    /// Calls of JSON-RPC over one kept WebSocket: any number at once. One thread reads all answers, since a WebSocket
    /// of .NET does not survive a cancelled receive; another sends, since it sends one message at a time.
    /// docs/json-rpc.md
    /// </summary>
    internal sealed class RpcConnection
    {
        /// <summary>More than a daemon lets one owner have.</summary>
        private const int MostCalls = 2048;

        private const int MostMessageBytes = 8 * 1024 * 1024;

        /// <summary>More than the answer with the most bytes that one receive gives, as base64.</summary>
        private const int MostAnswerBytes = 64 * 1024 * 1024;

        private const int ReadBytes = 64 * 1024;

        /// <summary>WSA_OPERATION_ABORTED: what a call ends with that was cancelled.</summary>
        private const int Aborted = 995;

        private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);

        private static readonly TimeSpan LateCheckInterval = TimeSpan.FromSeconds(1);

        private readonly WebSocket _socket;
        private readonly Thread _sender;
        private readonly object _gate = new object();
        private readonly Dictionary<long, PendingCall> _pending = new Dictionary<long, PendingCall>();

        /// <summary>What is to be sent: for each call a message, and perhaps one that cancels it.</summary>
        private readonly BlockingCollection<byte[]> _messages = new BlockingCollection<byte[]>();

        // Asynchronously: what waits for the end must not hold it up.
        private readonly TaskCompletionSource<bool> _end =
            new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);

        // One for all calls: Mono keeps each timer until it would have fired, also one that was disposed.
        private readonly Timer _lateCheck;

        private long _lastId;
        private string _lost;

        /// <param name="socket">Open, over a <see cref="BlockingStream"/>.</param>
        public RpcConnection(WebSocket socket)
        {
            _socket = socket;
            _lateCheck = new Timer(_ => LoseIfLate(), null, LateCheckInterval, LateCheckInterval);
            new Thread(ReceiveAll) { IsBackground = true, Name = "winsockd receive" }.Start();
            _sender = new Thread(SendAll) { IsBackground = true, Name = "winsockd send" };
            _sender.Start();
        }

        /// <summary>Whether it was closed, or has been lost.</summary>
        public bool IsLost
        {
            get
            {
                lock (_gate) return _lost != null;
            }
        }

        /// <summary>Ends when it was closed, or is lost.</summary>
        public Task Ended => _end.Task;

        /// <summary>
        /// Makes a call and waits for its answer. A token ends the wait at the daemon. If the call has succeeded all the
        /// same, its result is returned: so nothing is lost that it took.
        /// </summary>
        /// <param name="method">The name of an operation.</param>
        /// <param name="parameters">A dictionary, or an object with properties.</param>
        /// <param name="patience">After so long without an answer the daemon counts as lost.</param>
        /// <param name="waiting">How the answer is waited for.</param>
        public async Task<IReadOnlyDictionary<string, object>> CallAsync(
            string method, object parameters, TimeSpan patience, Waiting waiting)
        {
            var token = waiting.Token;
            token.ThrowIfCancellationRequested();
            var call = Begin(method, parameters, patience);
            using (token.Register(() => Cancel(call)))
            {
                try
                {
                    if (waiting.Blocks) call.Wait();
                    return await call.Answer.ConfigureAwait(false);
                }
                catch (WinsockException error) when (error.Code == Aborted && token.IsCancellationRequested)
                {
                    throw new OperationCanceledException("the call was cancelled", error, token);
                }
            }
        }

        /// <summary>Asks whether the daemon answers: there is no call 0 that it could cancel.</summary>
        /// <param name="patience">After so long without an answer the daemon counts as lost.</param>
        public Task AskAsync(TimeSpan patience)
        {
            return CallAsync("rpc.cancel", new { id = 0 }, patience, CancellationToken.None);
        }

        /// <summary>
        /// Closes the connection when all messages have been sent. Calls that wait end with
        /// <see cref="RigLostException"/>.
        /// </summary>
        public void Close()
        {
            Refuse("the rig is closed");
            _sender.Join(CloseLimit);
            End();
        }

        private PendingCall Begin(string method, object parameters, TimeSpan patience)
        {
            var id = Interlocked.Increment(ref _lastId);
            var message = Json.Write(new { jsonrpc = "2.0", id, method, @params = Json.MembersOf(parameters) });
            if (message.Length > MostMessageBytes)
                throw Problems.Refusal("too-large", $"the call has more than {MostMessageBytes} bytes");
            var call = new PendingCall(id, message.Length, patience);
            lock (_gate)
            {
                if (_lost != null) throw new RigLostException(_lost);
                if (_pending.Count == MostCalls) throw Problems.Refusal("quota", $"{MostCalls} calls are under way");
                _pending.Add(id, call);
                _messages.Add(message);
            }
            return call;
        }

        private void Cancel(PendingCall call)
        {
            lock (_gate)
            {
                if (_lost != null || !_pending.ContainsKey(call.Id)) return;
                call.Hurry();
                _messages.Add(Json.Write(new { jsonrpc = "2.0", method = "rpc.cancel", @params = new { id = call.Id } }));
            }
        }

        private void SendAll()
        {
            try
            {
                foreach (var message in _messages.GetConsumingEnumerable())
                    _socket
                        .SendAsync(new ArraySegment<byte>(message), WebSocketMessageType.Text, true, CancellationToken.None)
                        .GetAwaiter().GetResult();
                _socket
                    .CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None)
                    .GetAwaiter().GetResult();
            }
            catch (Exception error)
            {
                LoseBy(error);
            }
        }

        private void ReceiveAll()
        {
            try
            {
                var buffer = new ArraySegment<byte>(new byte[ReadBytes]);
                using (var message = new MemoryStream())
                    while (Receive(message, buffer)) Take(Json.ReadObject(message.GetBuffer(), (int)message.Length));
                Lose("the daemon has closed the connection: " + _socket.CloseStatusDescription);
            }
            catch (Exception error)
            {
                LoseBy(error);
            }
        }

        /// <summary>Reads one message. Returns false if the daemon has closed the WebSocket.</summary>
        private bool Receive(MemoryStream message, ArraySegment<byte> buffer)
        {
            message.SetLength(0);
            while (true)
            {
                var part = _socket.ReceiveAsync(buffer, CancellationToken.None).GetAwaiter().GetResult();
                if (part.MessageType == WebSocketMessageType.Close) return false;
                message.Write(buffer.Array, 0, part.Count);
                if (message.Length > MostAnswerBytes) throw new FormatException("it is too long");
                if (part.EndOfMessage) return true;
            }
        }

        private void Take(IReadOnlyDictionary<string, object> message)
        {
            if (message.ContainsKey("method")) return; // an event, which nobody asked for
            message.TryGetValue("id", out var id);
            PendingCall call;
            lock (_gate)
            {
                // A message with too many values is answered without an id. It is the longest, since a send has few.
                call = id is long number
                    ? _pending.TryGetValue(number, out var found) ? found : null
                    : _pending.Values.OrderByDescending(one => one.Bytes).FirstOrDefault();
                if (call == null) return;
                _pending.Remove(call.Id);
            }
            if (message.TryGetValue("error", out var error))
                call.Fail(Problems.ErrorOfAnswer((IReadOnlyDictionary<string, object>)error));
            else
                call.Succeed((IReadOnlyDictionary<string, object>)message["result"]);
        }

        /// <summary>From now on there are no calls. why: of the first end, which is what is said.</summary>
        private void Refuse(string why)
        {
            lock (_gate)
            {
                _lost = _lost ?? why;
                _messages.CompleteAdding();
            }
        }

        private void Lose(string why)
        {
            Refuse(why);
            End();
        }

        private void LoseIfLate()
        {
            bool isLate;
            lock (_gate) isLate = _pending.Values.Any(call => call.IsLate);
            if (isLate) Lose("the daemon does not answer");
        }

        /// <summary>Whatever ends one of the two threads, those that wait for an answer hear of it.</summary>
        private void LoseBy(Exception error)
        {
            Lose("the connection to the daemon has ended: " + error.GetBaseException().Message);
        }

        private void End()
        {
            List<PendingCall> calls;
            lock (_gate)
            {
                calls = _pending.Values.ToList();
                _pending.Clear();
            }
            _lateCheck.Dispose();
            _socket.Dispose();
            _end.TrySetResult(true);
            foreach (var call in calls) call.Fail(new RigLostException(_lost));
        }
    }
}
