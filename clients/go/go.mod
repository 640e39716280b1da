module winsockd

go 1.23.0

require (
	github.com/coder/websocket v1.8.15
	golang.org/x/net v0.40.0
)
