using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>A call without an answer yet.</summary>
    internal sealed class PendingCall
    {
        /// <summary>How long the answer to a call may take that was cancelled.</summary>
        private static readonly TimeSpan CancelLimit = TimeSpan.FromSeconds(10);

        // Asynchronously: what waits for the answer must not hold up the reading of others.
        private readonly TaskCompletionSource<IReadOnlyDictionary<string, object>> _answer =
            new TaskCompletionSource<IReadOnlyDictionary<string, object>>(TaskCreationOptions.RunContinuationsAsynchronously);

        // The task by itself would wake up a thread that waits by way of the pool.
        private readonly ManualResetEventSlim _ended = new ManualResetEventSlim();

        private Deadline _deadline;

        /// <param name="id">Of the request.</param>
        /// <param name="bytes">How long its message is.</param>
        /// <param name="patience">How long the answer may take.</param>
        public PendingCall(long id, int bytes, TimeSpan patience)
        {
            Id = id;
            Bytes = bytes;
            _deadline = new Deadline((int)patience.TotalMilliseconds);
        }

        public long Id { get; }

        /// <summary>How long the message is.</summary>
        public int Bytes { get; }

        /// <summary>Whether the answer has taken too long.</summary>
        public bool IsLate => _deadline.Left == 0;

        /// <summary>The result, or the exception of the failure.</summary>
        public Task<IReadOnlyDictionary<string, object>> Answer => _answer.Task;

        public void Succeed(IReadOnlyDictionary<string, object> result)
        {
            _answer.TrySetResult(result);
            _ended.Set();
        }

        public void Fail(Exception error)
        {
            _answer.TrySetException(error);
            _ended.Set();
        }

        /// <summary>Blocks until there is an answer.</summary>
        public void Wait() => _ended.Wait();

        /// <summary>From now on the answer must come soon.</summary>
        public void Hurry() => _deadline = new Deadline((int)CancelLimit.TotalMilliseconds);
    }
}
