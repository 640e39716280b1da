package winsockd

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// Conn is a [net.Conn]: a connected stream socket of a session. It has what programs use of net.TCPConn.
type Conn struct {
	*Socket
	remote endpoint

	reading direction
	// What a receive has taken and Read has not returned. It belongs to those who have the turn to read.
	received []byte
	receives taker[[]byte]
	// What the next receive may take.
	room int
	// Whether the last receive has filled a message, so that raw bytes are worth their request.
	isMuch bool

	writing direction
	// How often this side has cancelled the calls of the socket.
	cancels atomic.Int64
}

var (
	_ net.Conn      = (*Conn)(nil)
	_ io.ReaderFrom = (*Conn)(nil)
	_ io.WriterTo   = (*Conn)(nil)
)

func newConn(socket *Socket, remote endpoint) *Conn {
	c := &Conn{
		Socket:  socket,
		remote:  remote,
		reading: newDirection(socket.closed),
		writing: newDirection(socket.closed),
	}
	c.receives.begin = c.beginReceive
	return c
}

// LocalAddr is the local address.
func (c *Conn) LocalAddr() net.Addr { return c.addr() }

// RemoteAddr is the address of the peer.
func (c *Conn) RemoteAddr() net.Addr { return c.remote.addr(c.kind.network) }

// SetDeadline limits how long Read and Write wait. A call that it ends loses no byte.
func (c *Conn) SetDeadline(t time.Time) error {
	return c.setDeadline(t, &c.reading, &c.writing)
}

// SetReadDeadline limits how long Read waits.
func (c *Conn) SetReadDeadline(t time.Time) error {
	return c.setDeadline(t, &c.reading)
}

// SetWriteDeadline limits how long Write waits.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.setDeadline(t, &c.writing)
}

// Close closes the socket, as closesocket does. Read and Write return net.ErrClosed.
//
// https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-closesocket
func (c *Conn) Close() error { return c.closeAs() }

// CloseWrite shuts down sending (SD_SEND). The peer receives all bytes, then the end.
//
// https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-shutdown
func (c *Conn) CloseWrite() error { return c.shutdown("SD_SEND") }

// CloseRead shuts down receiving (SD_RECEIVE).
func (c *Conn) CloseRead() error { return c.shutdown("SD_RECEIVE") }

func (c *Conn) shutdown(how string) error {
	if isClosed(c.closed) {
		return c.failure("shutdown", net.ErrClosed)
	}
	if err := c.Call(context.Background(), "shutdown", Params{"how": how}, nil); err != nil {
		return c.failure("shutdown", err)
	}
	return nil
}

// SendDisconnect stops sending and begins the end of the connection (WSASendDisconnect). The socket goes on receiving.
// data is disconnect data, for a provider that carries it; nil is none.
//
// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect
func (c *Conn) SendDisconnect(data []byte) error {
	params := Params{}
	if data != nil {
		params["disconnectData"] = buffer{data}
	}
	if err := c.Call(context.Background(), "sendDisconnect", params, nil); err != nil {
		return c.failure("shutdown", err)
	}
	return nil
}

// RecvDisconnect stops receiving, and returns the disconnect data of the peer (WSARecvDisconnect); nil is none.
//
// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvdisconnect
func (c *Conn) RecvDisconnect() ([]byte, error) {
	var result struct{ DisconnectData buffer }
	if err := c.Call(context.Background(), "recvDisconnect", nil, &result); err != nil {
		return nil, c.failure("shutdown", err)
	}
	return result.DisconnectData.Base64, nil
}

// buffer is how the daemon writes bytes.
type buffer struct {
	Base64 []byte `json:"base64"`
}

// failure is an error as package net gives it for a connection.
func (c *Conn) failure(operation string, err error) error {
	return &net.OpError{Op: operation, Net: c.kind.network, Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}
