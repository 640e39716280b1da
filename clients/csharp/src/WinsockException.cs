using System;
using System.Collections.Generic;
using System.Globalization;
using System.Net.Sockets;

namespace Winsockd
{
    /// <summary>
    /// A Winsock call that failed. <see cref="SocketException.SocketErrorCode"/> and <see cref="Code"/> are the WSA
    /// number on every system, such as 10054.
    /// https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2
    /// </summary>
    public sealed class WinsockException : SocketException
    {
        private readonly string _message;

        internal WinsockException(IReadOnlyDictionary<string, object> problem)
            : base(CodeOf(problem))
        {
            Problem = problem;
            Code = CodeOf(problem);
            Name = Problems.TextOf(problem, "name");
            _message = $"{Problems.DetailOf(problem)} [{Name} {Code}]";
        }

        /// <summary>The WSA number, such as 10054.</summary>
        public int Code { get; }

        /// <summary>The name of the number, such as WSAECONNRESET.</summary>
        public string Name { get; }

        /// <summary>The whole problem document. docs/problem-documents.md has its members.</summary>
        public IReadOnlyDictionary<string, object> Problem { get; }

        /// <summary>The WSA number. .NET on other systems than Windows would give the number of that system.</summary>
        public override int ErrorCode => Code;

        /// <summary>What the daemon says, with the name and the number.</summary>
        public override string Message => _message;

        private static int CodeOf(IReadOnlyDictionary<string, object> problem)
        {
            return Convert.ToInt32(problem["code"], CultureInfo.InvariantCulture);
        }
    }
}
