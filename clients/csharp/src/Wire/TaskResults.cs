using System;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>
    /// Tasks as the older pattern of .NET has them.
    /// https://learn.microsoft.com/dotnet/standard/asynchronous-programming-patterns/interop-with-other-asynchronous-patterns-and-types
    /// </summary>
    internal static class TaskResults
    {
        public static IAsyncResult Begin(Task task, AsyncCallback callback, object state)
        {
            var ended = new TaskCompletionSource<int>(state);
            task.ContinueWith(
                _ =>
                {
                    if (task.IsFaulted) ended.TrySetException(task.Exception.InnerExceptions);
                    else if (task.IsCanceled) ended.TrySetCanceled();
                    else ended.TrySetResult(task is Task<int> counted ? counted.Result : 0);
                    callback?.Invoke(ended.Task);
                },
                TaskScheduler.Default);
            return ended.Task;
        }

        public static int End(IAsyncResult result)
        {
            if (result == null) throw new ArgumentNullException(nameof(result));
            return result is Task<int> task
                ? task.GetAwaiter().GetResult()
                : throw new ArgumentException("it is not of this stream", nameof(result));
        }
    }
}
