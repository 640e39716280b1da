using System;
using System.Diagnostics;
using System.Threading;

namespace Winsockd
{
    /// <summary>The end of a time-out, from now on.</summary>
    internal sealed class Deadline
    {
        private readonly Stopwatch _passed = Stopwatch.StartNew();
        private readonly int _timeout;

        /// <param name="timeout">In milliseconds, or <see cref="Timeout.Infinite"/>.</param>
        public Deadline(int timeout)
        {
            _timeout = timeout;
        }

        /// <summary>Milliseconds until it; <see cref="Timeout.Infinite"/> without a time-out.</summary>
        public int Left => _timeout == Timeout.Infinite ? _timeout : (int)Math.Max(0, _timeout - _passed.ElapsedMilliseconds);
    }
}
