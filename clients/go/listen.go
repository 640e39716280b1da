package winsockd

import (
	"context"
	"net"
)

// Listen listens at a local address of tcp, tcp4, tcp6 or unix, as [net.Listen] does. An empty host is 0.0.0.0, or ::
// for tcp6; port 0 is any free one.
func (s *Session) Listen(ctx context.Context, network, address string) (*Listener, error) {
	socket, err := s.listening(ctx, network, address, "SOCK_STREAM")
	if err != nil {
		return nil, err
	}
	return newListener(socket), nil
}

// ListenPacket opens a datagram socket at a local address of udp, udp4 or udp6, as [net.ListenPacket] does.
func (s *Session) ListenPacket(ctx context.Context, network, address string) (*PacketConn, error) {
	socket, err := s.listening(ctx, network, address, "SOCK_DGRAM")
	if err != nil {
		return nil, err
	}
	return newPacketConn(socket, endpoint{}), nil
}

func (s *Session) listening(ctx context.Context, network, address, socketType string) (*Socket, error) {
	failure := &net.OpError{Op: "listen", Net: network}
	kind, err := kindOf(network, socketType)
	if err != nil {
		failure.Err = err
		return nil, failure
	}
	targets, err := s.resolve(ctx, kind, address, wildcards)
	if err == nil && len(targets) == 0 {
		err = &net.AddrError{Err: "no suitable address found", Addr: address}
	}
	if err != nil {
		failure.Err = err
		return nil, failure
	}
	local := favourite(targets)
	failure.Addr = local.addr(network)
	socket, err := s.bound(ctx, kind, local)
	if err != nil {
		failure.Err = err
		return nil, failure
	}
	return socket, nil
}

// favourite is the endpoint to listen at, of those of a name: as for package net, one of AF_INET if it has one.
func favourite(targets []endpoint) endpoint {
	for _, target := range targets {
		if target.family == "AF_INET" {
			return target
		}
	}
	return targets[0]
}

// bound opens a socket and binds it. A stream listens.
//
// https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-bind,
// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-listen
func (s *Session) bound(ctx context.Context, kind kind, local endpoint) (*Socket, error) {
	socket, err := s.openSocket(ctx, kind, local.family)
	if err != nil {
		return nil, err
	}
	var result struct{ LocalAddress endpoint }
	err = socket.Call(ctx, "bind", Params{"address": local}, &result)
	if err == nil && kind.socketType == "SOCK_STREAM" {
		err = socket.Call(ctx, "listen", nil, nil)
	}
	if err != nil {
		s.rig.discard(socket.id)
		return nil, err
	}
	socket.local = result.LocalAddress
	return socket, nil
}
