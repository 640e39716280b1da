package winsockd

import (
	"context"
	"time"

	"winsockd/internal/wire"
)

// OpenImpatient is Open by a client that waits for a daemon that says nothing only so long.
func OpenImpatient(ctx context.Context, options Options, ping, cancel time.Duration) (*Rig, error) {
	return open(ctx, options, wire.Patience{Ping: ping, Pong: ping, Cancel: cancel})
}
