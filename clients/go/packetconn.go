package winsockd

import (
	"io"
	"net"
	"time"
)

// The longest datagram.
const datagramBytes = 65_535

// PacketConn is a [net.PacketConn]: a datagram socket of a session. One that DialContext has connected is also a
// [net.Conn], as net.UDPConn is.
type PacketConn struct {
	*Socket
	remote   endpoint // none if it is not connected
	reading  direction
	receives taker[datagram]
	writing  direction
}

var (
	_ net.PacketConn = (*PacketConn)(nil)
	_ net.Conn       = (*PacketConn)(nil)
)

// datagram is the result of recvFrom.
type datagram struct {
	Data    buffer
	EOF     bool
	Address endpoint
}

func newPacketConn(socket *Socket, remote endpoint) *PacketConn {
	c := &PacketConn{
		Socket:  socket,
		remote:  remote,
		reading: newDirection(socket.closed),
		writing: newDirection(socket.closed),
	}
	c.receives.begin = c.beginReceive
	return c
}

func (c *PacketConn) beginReceive() *taking[datagram] {
	return beginTaking[datagram](c.Socket, "recvFrom", Params{"socketId": c.id, "maxBytes": datagramBytes})
}

// ReadFrom receives a datagram, and the address of its sender. What is longer than p is lost.
//
// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvfrom
func (c *PacketConn) ReadFrom(p []byte) (int, net.Addr, error) {
	found, err := c.receive()
	if err != nil {
		return 0, nil, c.failure("read", nil, err)
	}
	return copy(p, found.Data.Base64), found.Address.addr(c.kind.network), nil
}

// Read receives a datagram.
func (c *PacketConn) Read(p []byte) (int, error) {
	found, err := c.receive()
	if err != nil {
		return 0, c.failure("read", c.RemoteAddr(), err)
	}
	if found.EOF {
		return 0, io.EOF
	}
	return copy(p, found.Data.Base64), nil
}

func (c *PacketConn) receive() (datagram, error) {
	if err := c.reading.enter(); err != nil {
		return datagram{}, err
	}
	defer c.reading.leave()
	return c.receives.take(&c.reading)
}

// WriteTo sends a datagram to a numeric address.
//
// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasendto
func (c *PacketConn) WriteTo(p []byte, to net.Addr) (int, error) {
	target, err := endpointOfAddr(to)
	if err != nil {
		return 0, c.failure("write", to, err)
	}
	return c.send("sendTo", Params{"address": target}, p, to)
}

// Write sends a datagram to the address that the socket is connected to.
func (c *PacketConn) Write(p []byte) (int, error) {
	return c.send("send", Params{}, p, c.RemoteAddr())
}

func (c *PacketConn) send(operation string, params Params, p []byte, to net.Addr) (int, error) {
	if err := c.writing.enter(); err != nil {
		return 0, c.failure("write", to, err)
	}
	defer c.writing.leave()
	if p == nil {
		p = []byte{} // nil would be null
	}
	// What is too long for any network goes no further than to WSAEMSGSIZE, however long it is.
	params["data"] = buffer{p[:min(len(p), datagramBytes+1)]}
	for {
		n, err := c.sendMessage(&c.writing, operation, params)
		if err == nil {
			return n, nil
		}
		if !isWaitLimit(err) {
			return 0, c.failure("write", to, err)
		}
	}
}

// LocalAddr is the local address.
func (c *PacketConn) LocalAddr() net.Addr { return c.addr() }

// RemoteAddr is the address that the socket is connected to, nil if it is not.
func (c *PacketConn) RemoteAddr() net.Addr {
	if c.remote.family == "" {
		return nil
	}
	return c.remote.addr(c.kind.network)
}

// SetDeadline limits how long calls wait. A datagram that a call took although its deadline had passed is for the next
// one.
func (c *PacketConn) SetDeadline(t time.Time) error {
	return c.setDeadline(t, &c.reading, &c.writing)
}

// SetReadDeadline limits how long Read and ReadFrom wait.
func (c *PacketConn) SetReadDeadline(t time.Time) error {
	return c.setDeadline(t, &c.reading)
}

// SetWriteDeadline limits how long Write and WriteTo wait.
func (c *PacketConn) SetWriteDeadline(t time.Time) error {
	return c.setDeadline(t, &c.writing)
}

// Close closes the socket. Calls return net.ErrClosed.
func (c *PacketConn) Close() error { return c.closeAs() }

func (c *PacketConn) failure(operation string, to net.Addr, err error) error {
	return &net.OpError{Op: operation, Net: c.kind.network, Source: c.LocalAddr(), Addr: to, Err: err}
}
