namespace Winsockd
{
    /// <summary>
    /// A rule that makes calls fail, wait, transfer less, or lose their connection. docs/faults.md has the effects and
    /// what each of them takes. What is null is not said.
    /// </summary>
    public sealed class WinsockFaultRule
    {
        /// <summary>A rule with an effect.</summary>
        /// <param name="effect">fail, delay, slice, reset, drop, freeze, bandwidth, latency, limit or slowClose.</param>
        public WinsockFaultRule(string effect)
        {
            Effect = effect;
        }

        /// <summary>What it does.</summary>
        public string Effect { get; }

        /// <summary>The call that it hits, such as send; otherwise all that move bytes or make connections.</summary>
        public string Operation { get; set; }

        /// <summary>The name of the WSA code of fail.</summary>
        public string Code { get; set; }

        /// <summary>Hits only the n-th matching call.</summary>
        public int? Nth { get; set; }

        /// <summary>Hits every n-th matching call.</summary>
        public int? Every { get; set; }

        /// <summary>How often it hits at most.</summary>
        public int? Times { get; set; }

        /// <summary>Hits each matching call with this probability, from 0 to 1.</summary>
        public double? Probability { get; set; }

        /// <summary>Of Probability and latency: the same seed, the same hits.</summary>
        public long? Seed { get; set; }

        /// <summary>Hits after exactly so many bytes.</summary>
        public int? AfterBytes { get; set; }

        /// <summary>before or after: whether the call is made.</summary>
        public string Phase { get; set; }

        /// <summary>Of delay and slowClose, in milliseconds.</summary>
        public int? DelayMs { get; set; }

        /// <summary>Of slice and limit.</summary>
        public int? Bytes { get; set; }

        /// <summary>Of freeze, in milliseconds.</summary>
        public int? FreezeMs { get; set; }

        /// <summary>Of bandwidth.</summary>
        public int? BytesPerSecond { get; set; }

        /// <summary>Of latency, in milliseconds.</summary>
        public int? LatencyMs { get; set; }

        /// <summary>Of latency: up to so many milliseconds more or less.</summary>
        public int? JitterMs { get; set; }

        /// <summary>Of limit: end or reset.</summary>
        public string Then { get; set; }

        /// <summary>Milliseconds after which it hits no more.</summary>
        public int? ExpiresMs { get; set; }

        /// <summary>Of a relay: client or upstream, the connection that it hits.</summary>
        public string End { get; set; }

        /// <summary>Of a relay: only the n-th pair.</summary>
        public int? NthConnection { get; set; }
    }
}
