namespace Winsockd
{
    /// <summary>What the daemon knows by an id, which stands for it in the parameters of calls.</summary>
    internal interface IIdentified
    {
        /// <summary>The id.</summary>
        string Id { get; }
    }
}
