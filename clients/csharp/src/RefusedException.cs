using System.Collections.Generic;
using System.IO;

namespace Winsockd
{
    /// <summary>A call that the daemon refused, without a code of Winsock. <see cref="Name"/> says why.</summary>
    public sealed class RefusedException : IOException
    {
        internal RefusedException(IReadOnlyDictionary<string, object> problem)
            : base($"{Problems.DetailOf(problem)} [{Problems.RefusalOf(problem)}]")
        {
            Problem = problem;
            Name = Problems.RefusalOf(problem);
        }

        /// <summary>The last part of the problem's type, such as destination-denied.</summary>
        public string Name { get; }

        /// <summary>The whole problem document. docs/problem-documents.md has its members.</summary>
        public IReadOnlyDictionary<string, object> Problem { get; }
    }
}
