using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>
    /// Up to 1,000 calls in one request, made one after another. Later ones may use the results of earlier ones.
    /// docs/json-rpc.md has the rules.
    /// </summary>
    public sealed class WinsockBatch
    {
        /// <summary>A batch may take ten times as long as a call.</summary>
        private const int Waits = 10;

        private readonly WinsockRig _rig;
        private readonly string _onError;
        private readonly List<WinsockBatchStep> _steps = new List<WinsockBatchStep>();

        internal WinsockBatch(WinsockRig rig, string onError)
        {
            _rig = rig;
            _onError = onError;
        }

        /// <summary>The calls, in their order.</summary>
        public IReadOnlyList<WinsockBatchStep> Steps => _steps;

        /// <summary>The time of all steps together, in milliseconds; null for the daemon's limit of a wait.</summary>
        public int? TimeoutMs { get; set; }

        /// <summary>completed, failed or cancelled; null before it has run.</summary>
        public string Outcome { get; private set; }

        /// <summary>Adds a call, by the names of docs/operations.md.</summary>
        /// <param name="operation">Such as bind.</param>
        /// <param name="parameters">
        /// Sessions and sockets may stand for their ids, and <see cref="WinsockBatchStep.Reference"/> for results.
        /// </param>
        /// <param name="expectError">The name of the code or refusal that the call must fail with.</param>
        /// <param name="expect">JSON pointers into the result, and the value that must be at each.</param>
        /// <param name="repeat">How often it runs; the first failure ends it.</param>
        public WinsockBatchStep Add(
            string operation,
            object parameters = null,
            string expectError = null,
            IReadOnlyDictionary<string, object> expect = null,
            int? repeat = null)
        {
            var written = Json.MembersOf(new { expectError, expect, repeat });
            written["params"] = Json.MembersOf(parameters);
            var step = new WinsockBatchStep(_steps.Count, operation, written);
            _steps.Add(step);
            return step;
        }

        /// <summary>
        /// Makes the calls. What they did stays done if one fails, unless the batch cleans up.
        /// </summary>
        /// <param name="cancellationToken">Ends the batch at the daemon.</param>
        /// <exception cref="WinsockException">That of the first step that failed.</exception>
        /// <exception cref="RefusedException">That of the first step that failed, or of the batch itself.</exception>
        /// <exception cref="InvalidDataException">A step had another result than it says.</exception>
        /// <exception cref="TimeoutException">The time was over before the last step.</exception>
        public async Task RunAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            var parameters = new { steps = _steps.Select(step => step.Written), onError = _onError, timeoutMs = TimeoutMs };
            var patience = TimeSpan.FromTicks(_rig.Patience.Ticks * Waits);
            var answer = await _rig.CallPatientlyAsync("batch", parameters, patience, cancellationToken).ConfigureAwait(false);
            Outcome = (string)answer["outcome"];
            var answers = (IReadOnlyList<object>)answer["steps"];
            for (var at = 0; at < _steps.Count; at++) _steps[at].Answer = (IReadOnlyDictionary<string, object>)answers[at];
            if (Outcome == "cancelled") cancellationToken.ThrowIfCancellationRequested();
            if (Outcome != "completed") throw Failure();
        }

        private Exception Failure()
        {
            var failed = _steps.FirstOrDefault(step => step.Outcome == "failed");
            if (failed == null) return new TimeoutException("the batch has not run to its end");
            if (failed.Answer.TryGetValue("unmet", out var unmet))
            {
                var pointers = string.Join(", ", (IReadOnlyList<object>)unmet);
                return new InvalidDataException($"{failed.Operation}: {pointers} is another");
            }
            return failed.Error ?? new InvalidDataException($"{failed.Operation} has not failed");
        }
    }
}
