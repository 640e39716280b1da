/** A program in C# that ends, or stops, without a word: what it held at the daemon ends with it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import { newFolder, removeFolder } from '../../places.js';
import { canRun } from '../../remote/requirements.js';
import { type Held, hold as holdWith } from '../held-session.js';
import { lostClientTests } from '../lost-client.js';
import { userEnv } from '../user.js';
import { againstMono, compileClient, compileProgram } from './mono.js';

/** It connects to the port of its argument, and says when it receives a byte. */
const CLIENT_PROGRAM = `
using System;
using System.Threading.Tasks;
using Winsockd;

static class Program
{
    static void Main(string[] arguments) => RunAsync(int.Parse(arguments[0])).GetAwaiter().GetResult();

    static async Task RunAsync(int port)
    {
        var rig = await WinsockRig.OpenAsync();
        var session = await rig.BeginSessionAsync();
        var client = new WinsockClient(session);
        await client.ConnectAsync("127.0.0.1", port);
        await client.GetStream().WriteAsync(new byte[] { 104, 101, 114, 101 }, 0, 4);
        Console.WriteLine("holds " + session.Id);
        while (await client.GetStream().ReadAsync(new byte[1], 0, 1) != 0) Console.WriteLine("received");
    }
}
`;

const against = againstMono();
const home = newFolder();
after(() => removeFolder(home));
const env = userEnv(home);
let argv: readonly string[] = [];
before(async () => {
  if (against !== undefined) return;
  const source = join(home, 'client.cs');
  writeFileSync(source, CLIENT_PROGRAM);
  await compileClient({ after }, home, env);
  argv = await compileProgram({ after }, home, env, 'client', [source]);
});

const hold = async (t: TestContext): Promise<Held | undefined> =>
  canRun(t, against) ? holdWith(t, { argv, env }) : undefined;

lostClientTests(hold);
