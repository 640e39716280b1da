package winsockd

import (
	"context"
	"net"
)

// DialContext connects to an address, as [net.Dialer.DialContext] does: it is a DialContext of http.Transport. Each
// address of a name is tried, one after another.
//
// The networks are tcp, tcp4, tcp6, udp, udp4, udp6, and unix where the policy of the daemon allows the path. The
// result is a [*Conn], for udp a [*PacketConn]. On the lab, tcp are its streams and udp its datagrams.
func (s *Session) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if kind, ok := kinds[network]; ok && kind.socketType == "SOCK_DGRAM" {
		return asConn(dialWith(ctx, s, kind, address, newPacketConn))
	}
	return asConn(s.DialStream(ctx, network, address))
}

// asConn is a connection, or nil: an interface with a nil pointer in it is not nil.
func asConn[C net.Conn](conn C, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// DialStream is DialContext for tcp, tcp4, tcp6 and unix.
func (s *Session) DialStream(ctx context.Context, network, address string) (*Conn, error) {
	kind, err := kindOf(network, "SOCK_STREAM")
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	return dialWith(ctx, s, kind, address, newConn)
}

// dialWith connects a socket, and makes what stands for the connection.
func dialWith[C any](
	ctx context.Context, s *Session, kind kind, address string, made func(*Socket, endpoint) C,
) (C, error) {
	var none C
	targets, err := s.resolve(ctx, kind, address, loopbacks)
	if err != nil {
		return none, &net.OpError{Op: "dial", Net: kind.network, Err: err}
	}
	var first error
	for _, target := range targets {
		socket, remote, err := s.connect(ctx, kind, target)
		if err == nil {
			return made(socket, remote), nil
		}
		if first == nil {
			first = &net.OpError{Op: "dial", Net: kind.network, Addr: target.addr(kind.network), Err: err}
		}
		if ctx.Err() != nil {
			break
		}
	}
	if first == nil {
		first = &net.OpError{Op: "dial", Net: kind.network, Err: &net.AddrError{Err: "no suitable address found", Addr: address}}
	}
	return none, first
}

// connect opens a socket and connects it. The end of ctx ends the attempt, too.
//
// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-connect
func (s *Session) connect(ctx context.Context, kind kind, target endpoint) (*Socket, endpoint, error) {
	socket, err := s.openSocket(ctx, kind, target.family)
	if err != nil {
		return nil, endpoint{}, err
	}
	var result struct{ LocalAddress, RemoteAddress *endpoint }
	params := Params{"socketId": socket.id, "address": target}
	if err := s.rig.wait(ctx, "connect", params, &result); err != nil {
		s.rig.discard(socket.id)
		return nil, endpoint{}, err
	}
	remote := target
	if result.RemoteAddress != nil {
		remote = *result.RemoteAddress
	}
	if result.LocalAddress != nil {
		socket.local = *result.LocalAddress
	}
	return socket, remote, nil
}
