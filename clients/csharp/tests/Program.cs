using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;

namespace Winsockd.Tests
{
    /// <summary>Runs all tests, one after another, and prints their outcomes as TAP: https://testanything.org</summary>
    internal static class Program
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

        private static int Main(string[] names)
        {
            var tests = Tests().Where(test => names.Length == 0 || names.Contains(test.Name)).ToList();
            Console.WriteLine("1.." + tests.Count);
            var failures = 0;
            for (var at = 0; at < tests.Count; at++)
            {
                var failure = FailureOf(tests[at]);
                if (failure != null) failures++;
                var outcome = failure == null ? "ok" : "not ok";
                Console.WriteLine($"{outcome} {at + 1} - {tests[at].DeclaringType.Name}: {tests[at].Name.Replace('_', ' ')}");
                if (failure != null) Console.WriteLine("# " + failure.ToString().Replace("\n", "\n# "));
            }
            return failures == 0 ? 0 : 1;
        }

        private static IEnumerable<MethodInfo> Tests()
        {
            return Assembly.GetExecutingAssembly().GetTypes()
                .OrderBy(type => type.Name)
                .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
                .Where(method => method.GetCustomAttribute<TestAttribute>() != null);
        }

        private static Exception FailureOf(MethodInfo test)
        {
            var run = Task.Run(() => (Task)test.Invoke(null, null));
            try
            {
                return run.Wait(Limit) ? null : new TimeoutException($"it has not ended after {Limit}");
            }
            catch (AggregateException error)
            {
                return error.InnerException;
            }
        }
    }
}
