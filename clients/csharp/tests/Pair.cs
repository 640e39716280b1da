using System;
using System.Net;
using System.Text;
using System.Threading.Tasks;

namespace Winsockd.Tests
{
    /// <summary>A rig, a session, and two ends of a connection in it.</summary>
    internal sealed class Pair : IDisposable
    {
        public WinsockRig Rig { get; private set; }

        public WinsockSession Session { get; private set; }

        public WinsockListener Listener { get; private set; }

        public WinsockClient Client { get; private set; }

        public WinsockClient Peer { get; private set; }

        public static async Task<Pair> ConnectedAsync(WinsockSessionOptions options = null)
        {
            var pair = new Pair { Rig = await WinsockRig.OpenAsync() };
            pair.Session = await pair.Rig.BeginSessionAsync(options);
            var isLab = options?.Provider == "lab";
            var address = isLab ? new IPEndPoint(IPAddress.Parse("10.0.0.1"), 4000) : new IPEndPoint(IPAddress.Loopback, 0);
            pair.Listener = new WinsockListener(pair.Session, address);
            await pair.Listener.StartAsync();
            pair.Client = new WinsockClient(pair.Session);
            await pair.Client.ConnectAsync(pair.Listener.LocalEndpoint);
            pair.Peer = await pair.Listener.AcceptClientAsync();
            return pair;
        }

        /// <summary>Sends a text from one end.</summary>
        public static Task SayAsync(WinsockClient from, string text)
        {
            var bytes = Encoding.ASCII.GetBytes(text);
            return from.GetStream().WriteAsync(bytes, 0, bytes.Length);
        }

        /// <summary>One read at the other end.</summary>
        public static async Task<string> HearAsync(WinsockClient at)
        {
            var buffer = new byte[1000];
            return Encoding.ASCII.GetString(buffer, 0, await at.GetStream().ReadAsync(buffer, 0, buffer.Length));
        }

        public void Dispose() => Rig.Dispose();
    }
}
