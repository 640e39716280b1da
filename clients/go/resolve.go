package winsockd

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
)

// kind is what a network of package net is to Winsock.
type kind struct {
	network    string
	socketType string
	family     string // the only one, if the network has one
}

var kinds = map[string]kind{
	"tcp":  {"tcp", "SOCK_STREAM", ""},
	"tcp4": {"tcp4", "SOCK_STREAM", "AF_INET"},
	"tcp6": {"tcp6", "SOCK_STREAM", "AF_INET6"},
	"udp":  {"udp", "SOCK_DGRAM", ""},
	"udp4": {"udp4", "SOCK_DGRAM", "AF_INET"},
	"udp6": {"udp6", "SOCK_DGRAM", "AF_INET6"},
	"unix": {"unix", "SOCK_STREAM", "AF_UNIX"},
}

// wildcards are the hosts that an empty one means, to listen at.
var wildcards = map[string]string{"": "0.0.0.0", "AF_INET": "0.0.0.0", "AF_INET6": "::"}

// loopbacks are the hosts that an empty one means, to connect to.
var loopbacks = map[string]string{"": "127.0.0.1", "AF_INET": "127.0.0.1", "AF_INET6": "::1"}

// kindOf returns a kind of the given socket type.
func kindOf(network, socketType string) (kind, error) {
	found, ok := kinds[network]
	if !ok || found.socketType != socketType {
		return kind{}, net.UnknownNetworkError(network)
	}
	return found, nil
}

// resolve finds the endpoints of an address, the best first. A name is looked up by the daemon, on its machine.
func (s *Session) resolve(ctx context.Context, kind kind, address string, empty map[string]string) ([]endpoint, error) {
	if kind.family == "AF_UNIX" {
		return []endpoint{{family: kind.family, path: address}}, nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if host == "" {
		host = empty[kind.family]
	}
	if numeric, ok := numericEndpoint(host, port); ok {
		if kind.family != "" && kind.family != numeric.family {
			return nil, &net.AddrError{Err: "no suitable address found", Addr: host}
		}
		return []endpoint{numeric}, nil
	}
	return s.lookUp(ctx, kind, host, port)
}

func numericEndpoint(host, port string) (endpoint, bool) {
	address, err := netip.ParseAddr(host)
	if err != nil {
		return endpoint{}, false
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if port != "" && err != nil {
		return endpoint{}, false
	}
	return endpointOf(netip.AddrPortFrom(address.Unmap(), uint16(number))), true
}

// lookUp asks the daemon.
//
// https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getaddrinfow
func (s *Session) lookUp(ctx context.Context, kind kind, host, port string) ([]endpoint, error) {
	params := Params{"node": host, "type": kind.socketType, "family": first(kind.family, "AF_UNSPEC")}
	if port != "" {
		params["service"] = port
	}
	if s.provider != "" {
		params["provider"] = s.provider
	}
	var result struct {
		Addresses []struct{ Address endpoint }
	}
	if err := s.rig.wait(ctx, "getAddrInfo", params.with("sessionId", s.id), &result); err != nil {
		return nil, lookUpError(host, err)
	}
	found := make([]endpoint, 0, len(result.Addresses))
	for _, one := range result.Addresses {
		found = append(found, one.Address)
	}
	return found, nil
}

// lookUpError is the error of package net for a failed lookup.
func lookUpError(host string, err error) error {
	var failed *WinsockError
	if !errors.As(err, &failed) {
		return err
	}
	return &net.DNSError{
		UnwrapErr:   err,
		Err:         err.Error(),
		Name:        host,
		IsNotFound:  failed.Name == "WSAHOST_NOT_FOUND" || failed.Name == "WSANO_DATA",
		IsTemporary: failed.Name == "WSATRY_AGAIN",
	}
}
