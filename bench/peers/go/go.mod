module bench

go 1.23.0

require winsockd v0.0.0

require github.com/coder/websocket v1.8.15 // indirect

replace winsockd => ../../../clients/go
