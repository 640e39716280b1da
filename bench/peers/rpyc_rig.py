"""
RPyC's classic server, with a thread for each client; the clients use its socket module. By default each call
waits 44 ms for a delayed acknowledgement, so TCP_NODELAY is set at both ends. Prints its port.
"""
import socket

from rpyc.core import SlaveService
from rpyc.utils.server import ThreadedServer


def without_delay(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection, None


server = ThreadedServer(SlaveService, hostname="127.0.0.1", port=0, authenticator=without_delay)
print(server.port, flush=True)
server.start()
