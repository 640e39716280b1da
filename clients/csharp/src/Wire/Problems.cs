using System;
using System.Collections.Generic;

namespace Winsockd
{
    /// <summary>Problem documents (RFC 9457), and the exceptions for them.</summary>
    internal static class Problems
    {
        public static Exception ErrorOf(IReadOnlyDictionary<string, object> problem)
        {
            return problem.ContainsKey("code") ? (Exception)new WinsockException(problem) : new RefusedException(problem);
        }

        /// <summary>The exception for the error of an answer of JSON-RPC.</summary>
        public static Exception ErrorOfAnswer(IReadOnlyDictionary<string, object> error)
        {
            return error.TryGetValue("data", out var data) && data is IReadOnlyDictionary<string, object> problem
                ? ErrorOf(problem)
                : Refusal("refused", TextOf(error, "message"));
        }

        /// <summary>A refusal that this client makes itself.</summary>
        public static RefusedException Refusal(string name, string detail)
        {
            return new RefusedException(
                new Dictionary<string, object> { ["type"] = "/problems/" + name, ["detail"] = detail });
        }

        public static string TextOf(IReadOnlyDictionary<string, object> problem, string member)
        {
            return problem.TryGetValue(member, out var found) ? found as string ?? "" : "";
        }

        public static string DetailOf(IReadOnlyDictionary<string, object> problem)
        {
            var detail = TextOf(problem, "detail");
            return detail != "" ? detail : TextOf(problem, "title");
        }

        public static string RefusalOf(IReadOnlyDictionary<string, object> problem)
        {
            var type = TextOf(problem, "type");
            return type.Substring(type.LastIndexOf('/') + 1);
        }
    }
}
