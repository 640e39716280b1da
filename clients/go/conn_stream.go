package winsockd

import (
	"io"
	"slices"

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
	cancels := c.cancels.Load()
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
		case err == wire.ErrStopped: // by a deadline that was moved meanwhile
			return total, nil
		case err == wire.ErrCut:
			return total, c.cutBy(stream.RequestID(), cancels)
		case isWaitLimit(errorOf(err)):
			return total, nil
		default:
			return total, c.failure("read", errorOf(err))
		}
	}
}

// cutBy is the failure that has cut a stream. It came behind the head of the answer, so that only the journal has it.
// It is nil if Read is to go on, which has the failures that last, as a whole.
func (c *Conn) cutBy(requestID string, cancels int64) error {
	entries, err := c.session.rig.journal(c.session.rig.conn.Life(), "getSocketJournal", Params{"socketId": c.id})
	if err != nil {
		return c.failure("read", err)
	}
	for _, entry := range slices.Backward(entries) {
		if entry.RequestID != requestID {
			continue
		}
		if entry.Outcome != "failed" || entry.StateAfter != "connected" {
			return nil
		}
		failed := &WinsockError{Code: entry.Code, Name: entry.Name, Problem: Problem{
			Code:      entry.Code,
			Name:      entry.Name,
			Title:     "a receive has failed in the middle of a copy",
			Operation: entry.Operation,
			SocketID:  entry.SocketID,
			SessionID: c.session.id,
			State:     entry.StateAfter,
		}}
		if isAborted(failed) && c.cancels.Load() != cancels {
			return nil
		}
		return c.failure("read", failed)
	}
	return nil
}
