package winsockd

import (
	"context"
	"encoding/json"
	"net"
	"time"
)

// Listener is a [net.Listener]: a listening socket of a session.
type Listener struct {
	*Socket
	accepting direction
	accepts   taker[accepted]
}

var _ net.Listener = (*Listener)(nil)

// accepted is the result of accept.
type accepted struct {
	SocketID      string
	RemoteAddress endpoint
}

func newListener(socket *Socket) *Listener {
	l := &Listener{Socket: socket, accepting: newDirection(socket.closed)}
	l.accepts.begin = l.beginAccept
	return l
}

// Accept takes the next connection. It is a [*Conn].
func (l *Listener) Accept() (net.Conn, error) {
	return asConn(l.AcceptStream())
}

// AcceptStream takes the next connection.
//
// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-accept
func (l *Listener) AcceptStream() (*Conn, error) {
	found, err := l.accept()
	if err != nil {
		return nil, l.opError("accept", err)
	}
	socket := newSocket(l.session, found.SocketID, l.kind)
	socket.local = l.localOf(socket)
	return newConn(socket, found.RemoteAddress), nil
}

func (l *Listener) accept() (accepted, error) {
	if err := l.accepting.enter(); err != nil {
		return accepted{}, err
	}
	defer l.accepting.leave()
	return l.accepts.take(&l.accepting)
}

func (l *Listener) beginAccept() *taking[accepted] {
	return beginTaking[accepted](l.Socket, "accept", Params{"socketId": l.id})
}

// localOf is the local address of an accepted socket. That of a listener at all addresses does not say which.
func (l *Listener) localOf(socket *Socket) endpoint {
	if !l.local.inet.Addr().IsUnspecified() {
		return l.local
	}
	var result struct{ Address endpoint }
	if err := socket.Call(l.session.rig.conn.Life(), "getSockName", nil, &result); err != nil {
		return l.local // it has ended already, which its first call tells
	}
	return result.Address
}

// beginTaking begins a call of JSON-RPC that takes something.
func beginTaking[T any](s *Socket, operation string, params Params) *taking[T] {
	call := s.session.rig.conn.Begin(operation, params)
	return &taking[T]{
		done: call.Done(),
		stop: call.Cancel,
		result: func() (T, error) {
			var found T
			answer, err := call.Result()
			if err != nil {
				return found, errorOf(err)
			}
			return found, json.Unmarshal(answer, &found)
		},
	}
}

// Addr is the local address.
func (l *Listener) Addr() net.Addr { return l.addr() }

// SetDeadline limits how long Accept waits. A connection that a call took although its deadline had passed is for the
// next Accept.
func (l *Listener) SetDeadline(t time.Time) error {
	return l.setDeadline(t, &l.accepting)
}

// Close closes the socket. Accept returns net.ErrClosed.
func (l *Listener) Close() error {
	err := l.closeAs()
	l.accepting.turn <- struct{}{} // those that have it give it back now
	defer l.accepting.leave()
	if found, ok := l.accepts.left(); ok {
		l.session.rig.discard(found.SocketID)
	}
	return err
}

// StartRelay joins every connection to this listener to one to an upstream address. docs/relay.md describes relays.
func (l *Listener) StartRelay(ctx context.Context, upstream string, options RelayOptions) (*Relay, error) {
	targets, err := l.session.resolve(ctx, kind{network: "tcp", socketType: "SOCK_STREAM"}, upstream, loopbacks)
	if err != nil {
		return nil, err
	}
	if len(targets) == 0 {
		return nil, &net.AddrError{Err: "no suitable address found", Addr: upstream}
	}
	var result struct{ RelayID string }
	if err := l.Call(ctx, "startRelay", options.params(targets[0]), &result); err != nil {
		return nil, err
	}
	return &Relay{session: l.session, id: result.RelayID}, nil
}
