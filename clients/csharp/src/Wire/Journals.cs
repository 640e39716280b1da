using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Winsockd
{
    /// <summary>Journals, which come in pages.</summary>
    internal static class Journals
    {
        private const int PageEntries = 1000;

        public static async Task<IReadOnlyList<IReadOnlyDictionary<string, object>>> ReadAsync(
            WinsockRig rig, string operation, string owner, string id, CancellationToken token)
        {
            var entries = new List<IReadOnlyDictionary<string, object>>();
            object after = 0L;
            while (true)
            {
                var parameters = new Dictionary<string, object> { [owner] = id, ["after"] = after, ["limit"] = PageEntries };
                var page = await rig.CallAsync(operation, parameters, token).ConfigureAwait(false);
                var found = (IReadOnlyList<object>)page["entries"];
                if (found.Count == 0) return entries;
                entries.AddRange(found.Cast<IReadOnlyDictionary<string, object>>());
                after = page["nextAfter"];
            }
        }
    }
}
