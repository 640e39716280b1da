// The part of Polly that the generated client names. It calls none of it unless the program asks for retries.
using System;
using System.Threading.Tasks;

namespace Polly
{
    public enum OutcomeType { Successful, Failure }

    public interface IResult<T>
    {
        OutcomeType Outcome { get; }
        Exception FinalException { get; }
        T Result { get; }
    }

    public interface ISyncPolicy<T> { }

    public interface IAsyncPolicy<T>
    {
        Task<IResult<T>> ExecuteAndCaptureAsync(Func<Task<T>> action);
    }
}
