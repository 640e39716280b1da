using System;
using System.Threading.Tasks;

namespace Winsockd.Tests
{
    /// <summary>What must hold.</summary>
    internal static class Check
    {
        public static void Equal<T>(T expected, T found)
        {
            if (!Equals(expected, found)) throw new InvalidOperationException($"it is {found}, not {expected}");
        }

        public static void True(bool holds, string what)
        {
            if (!holds) throw new InvalidOperationException("it does not hold: " + what);
        }

        /// <summary>The exception of a task that must fail, which must be of the type itself.</summary>
        public static async Task<T> Throws<T>(Func<Task> act)
            where T : Exception
        {
            try
            {
                await act();
            }
            catch (Exception error) when (error.GetType() == typeof(T))
            {
                return (T)error;
            }
            throw new InvalidOperationException($"there was no {typeof(T).Name}");
        }
    }
}
