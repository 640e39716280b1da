using System;
using System.Collections.Generic;

namespace Winsockd
{
    /// <summary>A call of a batch.</summary>
    public sealed class WinsockBatchStep
    {
        private readonly string _id;
        private IReadOnlyDictionary<string, object> _answer;

        internal WinsockBatchStep(int number, string operation, Dictionary<string, object> written)
        {
            _id = "step" + number;
            Operation = operation;
            Written = written;
            Written["id"] = _id;
            Written["operation"] = operation;
        }

        /// <summary>The name of the call.</summary>
        public string Operation { get; }

        /// <summary>
        /// All that the daemon answered about this step: outcome, runs, startedMs, durationMs, result, problem, unmet.
        /// </summary>
        /// <exception cref="InvalidOperationException">The batch has not run.</exception>
        public IReadOnlyDictionary<string, object> Answer
        {
            get => _answer ?? throw new InvalidOperationException("the batch has not run");
            internal set => _answer = value;
        }

        /// <summary>ok, expected, failed, skipped or cancelled.</summary>
        public string Outcome => (string)Answer["outcome"];

        /// <summary>The exception of its last run; null if there was none.</summary>
        public Exception Error => Answer.TryGetValue("problem", out var problem)
            ? Problems.ErrorOf((IReadOnlyDictionary<string, object>)problem)
            : null;

        /// <summary>The result of its last run; null if it has none.</summary>
        public IReadOnlyDictionary<string, object> Result => Answer.TryGetValue("result", out var result)
            ? (IReadOnlyDictionary<string, object>)result
            : null;

        /// <summary>The step as the daemon takes it.</summary>
        internal Dictionary<string, object> Written { get; }

        /// <summary>Stands for a member of its result in the parameters of later steps.</summary>
        /// <param name="path">Such as socketId, or localAddress/port.</param>
        public object Reference(string path)
        {
            return new Dictionary<string, object> { ["$result"] = $"/{_id}/{path}" };
        }
    }
}
