"""
asyncio over a rig: streams, servers, and the calls of the daemon. Over a WebSocket no call needs a thread of its
own; over HTTP each call that is under way is a thread.

    import asyncio, winsockd
    from winsockd import aio

    async def main():
        with winsockd.Rig() as rig:
            reader, writer = await aio.open_connection("127.0.0.1", 8000, session=rig)
            writer.write(b"GET / HTTP/1.0\\r\\n\\r\\n")
            print(await reader.read())
            writer.close()
            await writer.wait_closed()

    asyncio.run(main())

Readers and writers are those of the standard library. Their transport is a `RigTransport`.
"""

from ._calls import call, run_batch
from ._server import Server
from ._streams import open_connection, start_server
from ._transport import RigTransport

__all__ = ["RigTransport", "Server", "call", "open_connection", "run_batch", "start_server"]
