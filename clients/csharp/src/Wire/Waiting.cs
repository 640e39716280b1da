using System.Threading;

namespace Winsockd
{
    /// <summary>
    /// How the end of a call is waited for. A method that blocks does so at the answer itself, and all above it then goes
    /// on in the same thread: so it needs no other thread of the pool, of which blocked ones may have left none.
    /// </summary>
    internal struct Waiting
    {
        public static readonly Waiting Blocking = new Waiting(CancellationToken.None, true);

        private Waiting(CancellationToken token, bool blocks)
        {
            Token = token;
            Blocks = blocks;
        }

        public CancellationToken Token { get; }

        public bool Blocks { get; }

        public static implicit operator Waiting(CancellationToken token) => new Waiting(token, false);
    }
}
