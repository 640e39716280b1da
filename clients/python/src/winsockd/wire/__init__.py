"""How calls travel to the daemon: over one kept WebSocket, or over HTTP where that does not pass."""
