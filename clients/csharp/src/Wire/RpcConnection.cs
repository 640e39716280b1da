using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.WebSockets;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>
    /// Calls of JSON-RPC over one kept WebSocket: any number at once. One loop reads all answers, and messages are
    /// sent one after another, since a WebSocket of .NET does not survive a cancelled receive, and sends one message
    /// at a time. docs/json-rpc.md
    /// </summary>
    internal sealed class RpcConnection : IDisposable
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

        private readonly WebSocket _socket;
        private readonly object _gate = new object();
        private readonly Dictionary<long, PendingCall> _pending = new Dictionary<long, PendingCall>();

        /// <summary>The last message: it has been sent, and all before it, when this has ended.</summary>
        private Task _sent = Task.CompletedTask;

        private long _lastId;
        private string _lost;

        public RpcConnection(WebSocket socket)
        {
            _socket = socket;
            Reading = ReceiveAllAsync();
        }

        /// <summary>Whether it was closed, or has been lost.</summary>
        public bool IsLost
        {
            get
            {
                lock (_gate) return _lost != null;
            }
        }

        /// <summary>Ends with the connection. It never fails.</summary>
        private Task Reading { get; }

        /// <summary>
        /// Makes a call and waits for its answer. A token ends the wait at the daemon. If the call has succeeded all the
        /// same, its result is returned: so nothing is lost that it took.
        /// </summary>
        /// <param name="method">The name of an operation.</param>
        /// <param name="parameters">A dictionary, or an object with properties.</param>
        /// <param name="patience">After so long without an answer the daemon counts as lost.</param>
        /// <param name="token">Ends the wait.</param>
        public async Task<IReadOnlyDictionary<string, object>> CallAsync(
            string method, object parameters, TimeSpan patience, CancellationToken token)
        {
            token.ThrowIfCancellationRequested();
            using (var call = Begin(method, parameters, patience))
            using (token.Register(() => Cancel(call)))
            {
                try
                {
                    return await call.Answer.ConfigureAwait(false);
                }
                catch (WinsockException error) when (error.Code == Aborted && token.IsCancellationRequested)
                {
                    throw new OperationCanceledException("the call was cancelled", error, token);
                }
            }
        }

        /// <summary>Closes the connection. Calls that wait end with <see cref="RigLostException"/>.</summary>
        public async Task CloseAsync()
        {
            Task sent;
            lock (_gate) sent = _sent;
            try
            {
                await Task.WhenAny(sent, Task.Delay(CloseLimit)).ConfigureAwait(false);
                using (var limit = new CancellationTokenSource(CloseLimit))
                    await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", limit.Token).ConfigureAwait(false);
                await Task.WhenAny(Reading, Task.Delay(CloseLimit)).ConfigureAwait(false);
            }
            catch (Exception error) when (IsEnd(error))
            {
                // It has ended already.
            }
            Dispose();
        }

        /// <summary>Ends the connection at once.</summary>
        public void Dispose() => Lose("the rig is closed");

        private PendingCall Begin(string method, object parameters, TimeSpan patience)
        {
            lock (_gate)
            {
                if (_lost != null) throw new RigLostException(_lost);
                if (_pending.Count == MostCalls) throw Problems.Refusal("quota", $"{MostCalls} calls are under way");
                var id = ++_lastId;
                var message = Json.Write(
                    new { jsonrpc = "2.0", id, method, @params = Json.MembersOf(parameters) });
                if (message.Length > MostMessageBytes)
                    throw Problems.Refusal("too-large", $"the call has more than {MostMessageBytes} bytes");
                var call = new PendingCall(id, method, patience, () => Lose("the daemon does not answer"));
                _pending.Add(id, call);
                Send(message);
                return call;
            }
        }

        private void Cancel(PendingCall call)
        {
            lock (_gate)
            {
                if (!_pending.ContainsKey(call.Id)) return;
                call.Hurry();
                Send(Json.Write(new { jsonrpc = "2.0", method = "rpc.cancel", @params = new { id = call.Id } }));
            }
        }

        private void Send(byte[] message)
        {
            _sent = SendAfterAsync(_sent, message);
        }

        private async Task SendAfterAsync(Task before, byte[] message)
        {
            await before.ConfigureAwait(false);
            try
            {
                await _socket
                    .SendAsync(new ArraySegment<byte>(message), WebSocketMessageType.Text, true, CancellationToken.None)
                    .ConfigureAwait(false);
            }
            catch (Exception error) when (IsEnd(error))
            {
                Lose("the connection to the daemon has ended");
            }
        }

        private async Task ReceiveAllAsync()
        {
            var buffer = new ArraySegment<byte>(new byte[ReadBytes]);
            try
            {
                using (var message = new MemoryStream())
                {
                    while (true)
                    {
                        var part = await _socket.ReceiveAsync(buffer, CancellationToken.None).ConfigureAwait(false);
                        if (part.MessageType == WebSocketMessageType.Close) break;
                        message.Write(buffer.Array, 0, part.Count);
                        if (message.Length > MostAnswerBytes) throw new FormatException("a message of the daemon is too long");
                        if (!part.EndOfMessage) continue;
                        Take(Json.ReadObject(message.GetBuffer(), (int)message.Length));
                        message.SetLength(0);
                    }
                }
                Lose("the daemon has closed the connection: " + _socket.CloseStatusDescription);
            }
            catch (Exception error) when (IsEnd(error))
            {
                Lose("the connection to the daemon has ended");
            }
            catch (Exception error)
            {
                // Whoever waits for an answer must hear of its end.
                Lose("a message of the daemon was not understood: " + error.Message);
            }
        }

        private void Take(IReadOnlyDictionary<string, object> message)
        {
            if (message.ContainsKey("method")) return; // an event, which nobody asked for
            message.TryGetValue("id", out var id);
            PendingCall call;
            lock (_gate)
            {
                // A message with too many values is answered without an id. Only a batch can have so many.
                call = id is long number
                    ? _pending.TryGetValue(number, out var found) ? found : null
                    : _pending.Values.FirstOrDefault(one => one.IsBatch);
                if (call == null) return;
                _pending.Remove(call.Id);
            }
            if (message.TryGetValue("error", out var error))
                call.Fail(Problems.ErrorOfAnswer((IReadOnlyDictionary<string, object>)error));
            else
                call.Succeed((IReadOnlyDictionary<string, object>)message["result"]);
        }

        private void Lose(string why)
        {
            List<PendingCall> calls;
            lock (_gate)
            {
                if (_lost != null) return;
                _lost = why;
                calls = _pending.Values.ToList();
                _pending.Clear();
            }
            _socket.Dispose();
            foreach (var call in calls) call.Fail(new RigLostException(why));
        }

        private static bool IsEnd(Exception error)
        {
            return error is WebSocketException || error is IOException || error is ObjectDisposedException
                || error is OperationCanceledException || error is InvalidOperationException;
        }
    }
}
