package winsockd

import (
	"context"
	"encoding/json"
	"net"
	"time"

	"winsockd/internal/wire"
)

// Params are the parameters of a call, by the names of docs/operations.md. A session, socket, fault or relay may stand
// in place of its id.
type Params map[string]any

// Rig is a daemon as a client has it. Its methods for sockets use a session of its own, which [Rig.Session] returns.
// Several goroutines may use a rig at once.
type Rig struct {
	server   *wire.Server
	conn     *wire.Conn
	provider string
	session  *Session
}

// Open connects to a daemon. ctx limits only that.
//
// What the daemon refuses, such as a wrong token, is a [*RefusedError].
func Open(ctx context.Context, options Options) (*Rig, error) {
	return open(ctx, options, wire.Patience{Ping: 20 * time.Second, Pong: 30 * time.Second, Cancel: 10 * time.Second})
}

func open(ctx context.Context, options Options, patience wire.Patience) (*Rig, error) {
	server, err := options.server()
	if err != nil {
		return nil, err
	}
	conn, err := wire.Dial(ctx, server, patience)
	if err != nil {
		return nil, errorOf(err)
	}
	rig := &Rig{server: server, conn: conn, provider: options.Provider}
	if rig.session, err = rig.BeginSession(ctx, SessionOptions{}); err != nil {
		_ = rig.Close()
		return nil, err
	}
	return rig, nil
}

// Close ends the sessions of the rig, with all their sockets, and its connections to the daemon. Calls under way fail
// with a [*LostError]. A rig that has lost its daemon is closed, too; the second Close is net.ErrClosed.
func (r *Rig) Close() error {
	err := r.conn.Close()
	r.server.Close()
	return err
}

// Session is the session of the rig's own methods for sockets.
func (r *Rig) Session() *Session { return r.session }

// DialContext connects to an address, see [Session.DialContext].
func (r *Rig) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return r.session.DialContext(ctx, network, address)
}

// DialStream connects a stream to an address, see [Session.DialStream].
func (r *Rig) DialStream(ctx context.Context, network, address string) (*Conn, error) {
	return r.session.DialStream(ctx, network, address)
}

// Listen listens at a local address, see [Session.Listen].
func (r *Rig) Listen(ctx context.Context, network, address string) (*Listener, error) {
	return r.session.Listen(ctx, network, address)
}

// ListenPacket opens a datagram socket at a local address, see [Session.ListenPacket].
func (r *Rig) ListenPacket(ctx context.Context, network, address string) (*PacketConn, error) {
	return r.session.ListenPacket(ctx, network, address)
}

// Call makes one call of the daemon, and stores its result in the value that result points to, unless it is nil.
// docs/operations.md has the operations. Parameters that are longer than limits.bodyBytes of the daemon end the rig.
//
// When ctx ends, the call is cancelled. If it has succeeded all the same, Call succeeds, so that nothing is lost. The
// daemon ends each wait after its own limit (25 seconds) with the [*RefusedError] wait-limit; no byte is lost then, and
// the same call goes on waiting.
func (r *Rig) Call(ctx context.Context, operation string, params Params, result any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	call := r.conn.Begin(operation, params)
	select {
	case <-call.Done():
	case <-ctx.Done():
		call.Cancel()
		call.Settle()
	}
	found, err := call.Result()
	if err != nil {
		err = errorOf(err)
		if ctx.Err() != nil && isAborted(err) {
			return ctx.Err()
		}
		return err
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(found, result)
}

// wait makes a call that may wait longer than the daemon's own limit.
func (r *Rig) wait(ctx context.Context, operation string, params Params, result any) error {
	for {
		err := r.Call(ctx, operation, params, result)
		if !isWaitLimit(err) {
			return err
		}
	}
}

// discard closes a socket that nobody needs, and does not wait for it.
func (r *Rig) discard(socketID string) {
	r.conn.Begin("close", Params{"socketId": socketID})
}
