package winsockd

import (
	"io"

	"winsockd/internal/wire"
)

const (
	// The most bytes that travel in JSON; more travel as they are, by a request of HTTP.
	messageBytes = 64 << 10

	// The most bytes of one call. ReadFrom takes so many at once, since each call waits for its answer.
	mostBytes = 4 << 20

	// The most bytes of one step of WriteTo.
	copyBytes = 1 << 20
)

// Read receives bytes. io.EOF means that the peer has ended its stream.
//
// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecv
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.read(p)
	if err != nil && err != io.EOF {
		err = c.failure("read", err)
	}
	return n, err
}

func (c *Conn) read(p []byte) (int, error) {
	if err := c.reading.enter(); err != nil {
		return 0, err
	}
	defer c.reading.leave()
	if len(p) == 0 {
		return 0, nil
	}
	if len(c.received) == 0 {
		c.room = len(p)
		received, err := c.receives.take(&c.reading)
		if err != nil {
			return 0, err
		}
		c.isMuch = len(received) >= messageBytes
		c.received = received
	}
	n := copy(p, c.received)
	c.received = c.received[n:]
	return n, nil
}

func (c *Conn) beginReceive() *taking[[]byte] {
	if c.isMuch && c.room > messageBytes {
		return c.beginRawReceive()
	}
	params := Params{"socketId": c.id, "maxBytes": min(c.room, messageBytes)}
	receive := beginTaking[struct {
		Data buffer
		EOF  bool
	}](c.Socket, "recv", params)
	return c.unlessCancelled(&taking[[]byte]{
		done: receive.done,
		stop: receive.stop,
		result: func() ([]byte, error) {
			found, err := receive.result()
			return bytesOrEnd(found.Data.Base64, found.EOF, err)
		},
	})
}

func (c *Conn) beginRawReceive() *taking[[]byte] {
	rig := c.session.rig
	receive := rig.server.Receive(rig.conn.Life(), c.id, min(c.room, mostBytes))
	return c.unlessCancelled(&taking[[]byte]{
		done: receive.Done(),
		stop: receive.Stop,
		result: func() ([]byte, error) {
			data, isEnd, err := receive.Result()
			if err == wire.ErrStopped {
				return nil, errAgain
			}
			if err != nil {
				err = errorOf(err)
			}
			return bytesOrEnd(data, isEnd, err)
		},
	})
}

// unlessCancelled makes a receive again that was cancelled by a Write of this side, which means only itself.
func (c *Conn) unlessCancelled(receive *taking[[]byte]) *taking[[]byte] {
	before, result := c.cancels.Load(), receive.result
	receive.result = func() ([]byte, error) {
		data, err := result()
		if isAborted(err) && c.cancels.Load() != before {
			return nil, errAgain
		}
		return data, err
	}
	return receive
}

func bytesOrEnd(data []byte, isEnd bool, err error) ([]byte, error) {
	if err == nil && isEnd && len(data) == 0 {
		return nil, io.EOF
	}
	return data, err
}
