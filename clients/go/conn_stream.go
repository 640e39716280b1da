package winsockd

import (
	"io"

	"winsockd/internal/wire"
)

// WriteTo receives until the peer has ended its stream, and writes to w. io.Copy uses it. What was received and could
// not be written, because of a deadline or of w, is for the next Read.
func (c *Conn) WriteTo(w io.Writer) (int64, error) {
	var total int64
	buffer := make([]byte, messageBytes)
	var large []byte // as soon as it is worth its memory
	for {
		n, err := c.Read(buffer)
		if n > 0 {
			written, err := w.Write(buffer[:n])
			total += int64(written)
			if err != nil {
				return total, err
			}
		}
		if err == nil && n == len(buffer) { // much comes: one request for all of it
			if large == nil {
				large = make([]byte, copyBytes)
			}
			var streamed int64
			streamed, err = c.stream(w, large)
			total += streamed
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// stream writes to w what comes, by one request. Its end is io.EOF, or nil if Read is to go on.
func (c *Conn) stream(w io.Writer, buffer []byte) (int64, error) {
	if err := c.reading.enter(); err != nil {
		return 0, c.failure("read", err)
	}
	defer c.reading.leave()
	if len(c.received) > 0 || c.receives.under != nil {
		return 0, nil
	}
	rig := c.session.rig
	stream := rig.server.Stream(rig.conn.Life(), c.id)
	defer stream.Close()
	over := make(chan struct{})
	defer close(over)
	go func() {
		if c.reading.await(over) != nil {
			stream.Stop()
		}
	}()
	return c.pump(w, stream, buffer)
}

// pump writes until the stream ends, or until it cannot go on; what still comes then is kept.
func (c *Conn) pump(w io.Writer, stream *wire.Stream, buffer []byte) (total int64, failed error) {
	for {
		n, err := stream.Read(buffer)
		rest := buffer[:n]
		if failed == nil && c.reading.err() != nil {
			failed = c.failure("read", c.reading.err())
		}
		if failed == nil && n > 0 {
			var written int
			written, failed = w.Write(rest)
			total += int64(written)
			rest = rest[written:]
			if failed != nil {
				stream.Stop()
			}
		}
		if failed != nil {
			c.received = append(c.received, rest...)
		}
		switch {
		case err == nil:
		case failed != nil:
			return total, failed
		case err == io.EOF:
			return total, io.EOF
		case err == wire.ErrCut, err == wire.ErrStopped: // the latter by a deadline that was moved meanwhile
			return total, nil
		case isWaitLimit(errorOf(err)):
			return total, nil
		default:
			return total, c.failure("read", errorOf(err))
		}
	}
}
