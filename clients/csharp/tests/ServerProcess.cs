using System;
using System.Diagnostics;
using System.IO;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

namespace Winsockd.Tests
{
    /// <summary>A server that nobody here wrote, in its own process.</summary>
    internal sealed class ServerProcess : IDisposable
    {
        private readonly Process _process;

        private readonly Task _rest;

        private ServerProcess(Process process, int port, Task rest)
        {
            _process = process;
            _rest = rest;
            Port = port;
        }

        public int Port { get; }

        /// <summary>Starts it, and waits for the line with its port.</summary>
        /// <param name="program">Its name.</param>
        /// <param name="arguments">Of the program.</param>
        /// <param name="announcement">The first group is the port.</param>
        /// <param name="folder">Where it runs.</param>
        public static async Task<ServerProcess> StartAsync(string program, string arguments, Regex announcement, string folder)
        {
            var process = Process.Start(
                new ProcessStartInfo(program, arguments)
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                    UseShellExecute = false,
                    WorkingDirectory = folder,
                });
            while (true)
            {
                var line = await process.StandardOutput.ReadLineAsync() ?? throw new IOException(program + " has ended");
                var match = announcement.Match(line);
                if (!match.Success) continue;
                // Whatever it says from now on must not fill its pipes.
                var rest = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
                return new ServerProcess(process, int.Parse(match.Groups[1].Value), rest);
            }
        }

        public void Kill()
        {
            if (!_process.HasExited) _process.Kill();
            _process.WaitForExit();
        }

        public void Dispose()
        {
            Kill();
            _rest.Wait();
            _process.Dispose();
        }
    }
}
