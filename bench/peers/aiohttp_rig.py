"""A minimal rig: one aiohttp handler for each socket call. Prints its port."""
import asyncio
import base64
import socket
import uuid

from aiohttp import web

sockets = {}
routes = web.RouteTableDef()


def named(request):
    found = sockets.get(request.match_info["id"])
    if found is None:
        raise web.HTTPNotFound()
    return found


@routes.post("/sockets")
async def create(request):
    await request.json()
    made = socket.socket()
    made.setblocking(False)
    name = str(uuid.uuid4())
    sockets[name] = made
    return web.json_response({"id": name})


@routes.post("/sockets/{id}/connect")
async def connect(request):
    asked = await request.json()
    await asyncio.get_running_loop().sock_connect(named(request), (asked["host"], asked["port"]))
    return web.json_response({"ok": True})


@routes.post("/sockets/{id}/send")
async def send(request):
    data = base64.b64decode((await request.json())["data"])
    await asyncio.get_running_loop().sock_sendall(named(request), data)
    return web.json_response({"sent": len(data)})


@routes.post("/sockets/{id}/recv")
async def recv(request):
    asked = await request.json()
    data = await asyncio.get_running_loop().sock_recv(named(request), asked["max"])
    return web.json_response({"data": base64.b64encode(data).decode(), "eof": not data})


@routes.post("/sockets/{id}/send-disconnect")
async def send_disconnect(request):
    named(request).shutdown(socket.SHUT_WR)
    return web.json_response({"ok": True})


@routes.delete("/sockets/{id}")
async def close(request):
    named(request).close()
    del sockets[request.match_info["id"]]
    return web.json_response({"ok": True})


async def main():
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
