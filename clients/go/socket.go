package winsockd

import (
	"context"
	"net"
	"sync"
	"time"
)

// Socket is what connections, listeners and packet connections have in common: a socket of a session.
type Socket struct {
	session *Session
	id      string
	kind    kind
	local   endpoint

	closing sync.Once
	closed  chan struct{}
}

// openSocket opens a socket.
//
// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasocketw
func (s *Session) openSocket(ctx context.Context, kind kind, family string) (*Socket, error) {
	params := Params{"family": family, "type": kind.socketType}
	if s.provider != "" {
		params["provider"] = s.provider
	}
	if s.capture > 0 {
		params["capture"] = Params{"maxBytes": s.capture}
	}
	var result struct{ SocketID string }
	if err := s.Call(ctx, "socket", params, &result); err != nil {
		return nil, err
	}
	return newSocket(s, result.SocketID, kind), nil
}

func newSocket(session *Session, id string, kind kind) *Socket {
	return &Socket{session: session, id: id, kind: kind, closed: make(chan struct{})}
}

// ID is the id of the socket, sck_....
func (s *Socket) ID() string { return s.id }

// MarshalText lets the socket stand for its id in parameters.
func (s *Socket) MarshalText() ([]byte, error) { return []byte(s.id), nil }

// Session is the session that owns the socket.
func (s *Socket) Session() *Session { return s.session }

// Call makes a call of this socket, see [Rig.Call].
func (s *Socket) Call(ctx context.Context, operation string, params Params, result any) error {
	return s.session.rig.Call(ctx, operation, params.with("socketId", s.id), result)
}

// SocketInfo is what the daemon knows of a socket.
type SocketInfo struct {
	SocketID string
	Provider string
	Family   string
	Type     string
	Protocol int
	// State is fresh, bound, listening, connecting, connected, reset or closed.
	State           string
	SendShutdown    bool
	ReceiveShutdown bool
	PeerClosed      bool
	NonBlocking     bool
	RelayID         string
	CreatedAt       time.Time
}

// Info is what the daemon knows of the socket (getSocket).
func (s *Socket) Info(ctx context.Context) (SocketInfo, error) {
	var info SocketInfo
	err := s.Call(ctx, "getSocket", nil, &info)
	return info, err
}

// close closes the socket, and ends its calls with net.ErrClosed. It waits as SO_LINGER says.
//
// https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-closesocket
func (s *Socket) close() error {
	err := net.ErrClosed
	s.closing.Do(func() {
		close(s.closed)
		err = s.session.rig.wait(context.Background(), "close", Params{"socketId": s.id}, nil)
	})
	if isOver(err) {
		return nil
	}
	return err
}

// closeAs is Close of package net.
func (s *Socket) closeAs() error {
	if err := s.close(); err != nil {
		return s.opError("close", err)
	}
	return nil
}

// setDeadline moves the deadlines of calls, as package net does.
func (s *Socket) setDeadline(t time.Time, directions ...*direction) error {
	if isClosed(s.closed) {
		return s.opError("set", net.ErrClosed)
	}
	for _, direction := range directions {
		direction.deadline.set(t)
	}
	return nil
}

// opError is an error as package net gives it.
func (s *Socket) opError(operation string, err error) error {
	return &net.OpError{Op: operation, Net: s.kind.network, Addr: s.addr(), Err: err}
}

func (s *Socket) addr() net.Addr { return s.local.addr(s.kind.network) }
