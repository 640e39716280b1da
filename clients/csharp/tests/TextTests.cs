using System;
using System.Collections.Generic;
using System.Net;
using System.Threading.Tasks;

namespace Winsockd.Tests
{
    internal static class TextTests
    {
        [Test]
        public static async Task Ipv6_and_texts_with_any_characters_come_through()
        {
            // The last ones are those that XML cannot have.
            const string Text = "\u0000\"\\/\u20ac\ud83d\ude00\ufeff\ufffe\uffff\ufffe";
            using (var rig = await WinsockRig.OpenAsync())
            using (var session = await rig.BeginSessionAsync(new WinsockSessionOptions { Provider = "lab" }))
            using (var listener = new WinsockListener(session, IPAddress.Parse("fd00::1"), 4000))
            using (var client = new WinsockClient(session))
            {
                listener.Start();
                await client.ConnectAsync(listener.LocalEndpoint);
                using (var peer = await listener.AcceptClientAsync())
                {
                    await client.CallAsync("send", new Dictionary<string, object> { ["data"] = new { text = Text } });
                    var answer = await peer.CallAsync("recv", new Dictionary<string, object> { ["as"] = "text" });
                    Check.Equal<object>(Text, ((IReadOnlyDictionary<string, object>)answer["data"])["text"]);
                }
            }
        }

        [Test]
        public static async Task What_the_daemon_cannot_read_is_refused_and_the_rig_goes_on()
        {
            using (var pair = await Pair.ConnectedAsync())
            {
                await Check.Throws<ArgumentException>(
                    () => pair.Client.CallAsync("send", new { data = new { text = "\ud83d" } }));
                await Check.Throws<ArgumentException>(
                    () => pair.Client.CallAsync("send", new Dictionary<string, object> { ["\ude00"] = 1 }));
                object deep = "text";
                // The request and its parameters are around it.
                for (var depth = 0; depth < 29; depth++) deep = new[] { deep };
                await Check.Throws<RefusedException>(() => pair.Client.CallAsync("send", new { data = deep }));
                await Check.Throws<ArgumentException>(() => pair.Client.CallAsync("send", new { data = new[] { deep } }));
                await Check.Throws<ArgumentException>(() => pair.Client.CallAsync("send", new { data = DeepEmpty(31) }));
                var reading = Pair.HearAsync(pair.Peer);
                var buffers = new object[40000];
                for (var at = 0; at < buffers.Length; at++) buffers[at] = new { text = "" };
                var many = await Check.Throws<RefusedException>(() => pair.Client.CallAsync("send", new { buffers }));
                Check.Equal("malformed-json", many.Name);
                await Pair.SayAsync(pair.Client, "still");
                Check.Equal("still", await reading);
            }
        }

        private static object DeepEmpty(int depth)
        {
            object deep = new object[0];
            for (var levels = 1; levels < depth; levels++) deep = new[] { deep };
            return deep;
        }
    }
}
