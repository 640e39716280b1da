package winsockd

import (
	"context"
	"encoding/json"
	"io"
	"time"
)

// How long a request of raw bytes may take until the daemon knows it. Before that nothing can cancel it.
const cancelAgain = 10 * time.Millisecond

// Write sends bytes, and returns how many the socket has taken: all of them, unless there is an error. A daemon that
// does not tell that within 10 seconds after a deadline has passed counts as lost.
//
// https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasend
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.write(p)
	if err != nil {
		return n, c.failure("write", err)
	}
	return n, nil
}

func (c *Conn) write(p []byte) (int, error) {
	if err := c.writing.enter(); err != nil {
		return 0, err
	}
	defer c.writing.leave()
	total := 0
	for total < len(p) {
		if err := c.writing.err(); err != nil {
			return total, err
		}
		sent, err := c.send(p[total:min(len(p), total+mostBytes)])
		total += sent
		if err != nil && !isWaitLimit(err) {
			return total, err
		}
	}
	return total, nil
}

// send makes one call, and returns how many bytes the socket has taken.
func (c *Conn) send(piece []byte) (int, error) {
	if len(piece) > messageBytes {
		return c.sendRaw(piece)
	}
	return c.sendMessage(&c.writing, "send", Params{"data": buffer{piece}})
}

// sendMessage makes one call that carries its bytes in JSON, and returns how many the socket has taken.
func (s *Socket) sendMessage(writing *direction, operation string, params Params) (int, error) {
	call := s.session.rig.conn.Begin(operation, params.with("socketId", s.id))
	interrupted := writing.await(call.Done())
	if interrupted != nil {
		call.Cancel()
		call.Settle()
	}
	answer, err := call.Result()
	if err != nil {
		return sentBefore(errorOf(err), interrupted)
	}
	var result struct{ BytesSent int }
	err = json.Unmarshal(answer, &result)
	return result.BytesSent, err
}

// sendRaw sends as raw bytes. The calls of the socket are cancelled if it is interrupted; a Read begins anew then.
func (c *Conn) sendRaw(piece []byte) (int, error) {
	rig := c.session.rig
	var (
		sent int
		err  error
		done = make(chan struct{})
	)
	go func() {
		defer close(done)
		sent, err = rig.server.Send(rig.conn.Life(), c.id, piece)
	}()
	interrupted := c.writing.await(done)
	for interrupted != nil && !isClosed(done) {
		c.cancels.Add(1)
		rig.conn.Begin("cancel", Params{"socketId": c.id}).Settle()
		select {
		case <-done:
		case <-time.After(cancelAgain):
		}
	}
	if err != nil {
		return sentBefore(errorOf(err), interrupted)
	}
	return sent, nil
}

// sentBefore is what a failed send has sent, and its failure: why it was interrupted, if that has ended it.
func sentBefore(err, interrupted error) (int, error) {
	sent := bytesSentBefore(err)
	if interrupted != nil && (isAborted(err) || isOver(err)) {
		return sent, interrupted
	}
	return sent, err
}

// ReadFrom sends all that r has, in large pieces. io.Copy uses it.
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	var total int64
	buffer := make([]byte, messageBytes)
	for {
		n, err := r.Read(buffer)
		if n > 0 {
			sent, err := c.Write(buffer[:n])
			total += int64(sent)
			if err != nil {
				return total, err
			}
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
		if n == len(buffer) && n < mostBytes { // much comes
			buffer = make([]byte, mostBytes)
		}
	}
}

// SetNoDelay sets TCP_NODELAY.
func (c *Conn) SetNoDelay(on bool) error { return c.set("TCP_NODELAY", BoolValue(on)) }

// SetKeepAlive sets SO_KEEPALIVE.
func (c *Conn) SetKeepAlive(on bool) error { return c.set("SO_KEEPALIVE", BoolValue(on)) }

// SetLinger sets SO_LINGER: for how many seconds Close waits until all bytes are acknowledged. 0 lets Close reset the
// connection; a negative number lets it send in the background.
func (c *Conn) SetLinger(seconds int) error {
	return c.set("SO_LINGER", LingerValue(seconds >= 0, max(0, seconds)))
}

func (c *Conn) set(option string, value OptionValue) error {
	if err := c.SetOption(context.Background(), option, value); err != nil {
		return c.failure("set", err)
	}
	return nil
}
