using System;
using System.IO;

namespace Winsockd
{
    /// <summary>The daemon is not there, or the connection to it has ended, and with it the sessions of the rig.</summary>
    public sealed class RigLostException : IOException
    {
        internal RigLostException(string message, Exception cause = null)
            : base(message, cause)
        {
        }
    }
}
