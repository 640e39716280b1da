package winsockd

import (
	"encoding/json"
	"net"
	"net/netip"
	"strconv"
)

// endpoint is an address of the daemon: numeric, or a path of AF_UNIX.
type endpoint struct {
	family string
	inet   netip.AddrPort
	path   string
}

// socketAddress is how the daemon writes an endpoint.
type socketAddress struct {
	Family  string  `json:"family"`
	Address string  `json:"address,omitempty"`
	Port    *uint16 `json:"port,omitempty"`
	ScopeID uint32  `json:"scopeId,omitempty"`
	Path    string  `json:"path,omitempty"`
}

func endpointOf(address netip.AddrPort) endpoint {
	family := "AF_INET6"
	if address.Addr().Is4() {
		family = "AF_INET"
	}
	return endpoint{family: family, inet: address}
}

// MarshalJSON writes the endpoint as the daemon takes it. A zone is a number, since its names are of this machine.
func (e endpoint) MarshalJSON() ([]byte, error) {
	if e.family == "AF_UNIX" {
		return json.Marshal(socketAddress{Family: e.family, Path: e.path})
	}
	port := e.inet.Port()
	scope, _ := strconv.ParseUint(e.inet.Addr().Zone(), 10, 32)
	host := e.inet.Addr().WithZone("").String()
	return json.Marshal(socketAddress{Family: e.family, Address: host, Port: &port, ScopeID: uint32(scope)})
}

// UnmarshalJSON reads what the daemon answers.
func (e *endpoint) UnmarshalJSON(text []byte) error {
	var found socketAddress
	if err := json.Unmarshal(text, &found); err != nil {
		return err
	}
	*e = endpoint{family: found.Family, path: found.Path}
	if found.Family == "AF_UNIX" || found.Address == "" {
		return nil
	}
	address, err := netip.ParseAddr(found.Address)
	if err != nil {
		return err
	}
	if found.ScopeID != 0 {
		address = address.WithZone(strconv.FormatUint(uint64(found.ScopeID), 10))
	}
	var port uint16
	if found.Port != nil {
		port = *found.Port
	}
	e.inet = netip.AddrPortFrom(address, port)
	return nil
}

// addr is the endpoint as package net writes one of a network.
func (e endpoint) addr(network string) net.Addr {
	switch network[:3] {
	case "tcp":
		return net.TCPAddrFromAddrPort(e.inet)
	case "udp":
		return net.UDPAddrFromAddrPort(e.inet)
	default:
		return &net.UnixAddr{Name: e.path, Net: network}
	}
}

// endpointOfAddr takes the numeric addresses of package net, and what else writes itself in their way.
func endpointOfAddr(address net.Addr) (endpoint, error) {
	found, err := netip.ParseAddrPort(address.String())
	if err != nil {
		return endpoint{}, &net.AddrError{Err: "not a numeric address with a port", Addr: address.String()}
	}
	return endpointOf(netip.AddrPortFrom(found.Addr().Unmap(), found.Port())), nil
}
