// Package wire carries calls to a daemon: JSON-RPC over a kept WebSocket, and raw bytes over HTTP.
package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

const (
	subprotocol = "winsockd.v1"

	// The longest answer: that of a batch, whose results may have 8 MiB, with room for its problems.
	mostBytes = 32 << 20
)

// Patience says how long a daemon that says nothing counts as alive.
type Patience struct {
	// Ping is the time between two pings, Pong that for an answer.
	Ping, Pong time.Duration
	// Cancel is the time for the answer to a call that was cancelled.
	Cancel time.Duration
}

// Conn is a WebSocket to the daemon. Any number of goroutines may make calls over it.
type Conn struct {
	socket   *websocket.Conn
	outbox   *outbox
	patience Patience
	lastID   atomic.Int64

	// The life of the WebSocket itself, which goes on for the close frame.
	ctx    context.Context
	cancel context.CancelFunc

	// The time in which calls can be made; its cause is why it has ended.
	life    context.Context
	endLife context.CancelCauseFunc

	mu    sync.Mutex
	cause *Lost // why it has ended
	calls map[int64]*Call
}

// Dial opens a WebSocket to the daemon. It returns a [*Problem] if the daemon refuses.
func Dial(ctx context.Context, server *Server, patience Patience) (*Conn, error) {
	socket, answer, err := websocket.Dial(ctx, server.URL+"/v1/rpc", &websocket.DialOptions{
		HTTPClient:      server.client,
		HTTPHeader:      server.fields(),
		Subprotocols:    []string{subprotocol},
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		if answer != nil && answer.Body != nil {
			if problem := problemIn(answer); problem != nil {
				return nil, problem
			}
		}
		return nil, err
	}
	if socket.Subprotocol() != subprotocol {
		_ = socket.CloseNow()
		return nil, fmt.Errorf("what answers at %s is no winsockd", server.URL)
	}
	socket.SetReadLimit(mostBytes)
	c := &Conn{socket: socket, outbox: newOutbox(), patience: patience, calls: map[int64]*Call{}}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.life, c.endLife = context.WithCancelCause(context.Background())
	go c.read()
	go c.write()
	go c.ping()
	return c, nil
}

// Life is done when the connection has ended.
func (c *Conn) Life() context.Context { return c.life }

// Close ends the connection with a close frame, which ends its sessions as endSession does. The second Close is
// net.ErrClosed.
func (c *Conn) Close() error {
	if !c.end(net.ErrClosed) {
		return c.closedBefore()
	}
	defer c.cancel()
	_ = c.socket.Close(websocket.StatusNormalClosure, "") // the daemon may be gone already
	return nil
}

// closedBefore is net.ErrClosed, unless the connection was lost.
func (c *Conn) closedBefore() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause.Cause == net.ErrClosed {
		return net.ErrClosed
	}
	return nil
}

// end fails all calls. It returns whether the connection had not ended before.
func (c *Conn) end(cause error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return false
	}
	c.cause = &Lost{Cause: cause}
	for id, call := range c.calls {
		delete(c.calls, id)
		call.finish(nil, c.cause)
	}
	c.endLife(c.cause)
	return true
}

// lose ends the connection without a close frame.
func (c *Conn) lose(cause error) {
	if c.end(cause) {
		c.cancel()
		_ = c.socket.CloseNow()
	}
}

func (c *Conn) read() {
	for {
		_, message, err := c.socket.Read(c.ctx)
		if err != nil {
			c.lose(err)
			return
		}
		if err := c.answered(message); err != nil {
			c.lose(err)
			return
		}
	}
}

func (c *Conn) write() {
	for {
		select {
		case <-c.outbox.filled:
		case <-c.life.Done():
			return
		}
		for _, message := range c.outbox.takeAll() {
			if err := c.socket.Write(c.ctx, websocket.MessageText, message); err != nil {
				c.lose(err)
				return
			}
		}
	}
}

// ping finds a daemon that is stopped, or gone without a word.
func (c *Conn) ping() {
	ticker := time.NewTicker(c.patience.Ping)
	defer ticker.Stop()
	for {
		select {
		case <-c.life.Done():
			return
		case <-ticker.C:
		}
		ctx, cancel := context.WithTimeout(c.ctx, c.patience.Pong)
		err := c.socket.Ping(ctx)
		cancel()
		if err != nil {
			c.lose(fmt.Errorf("no answer to a ping: %w", err))
			return
		}
	}
}

// answer is a response object of JSON-RPC.
type answer struct {
	ID     int64           `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string          `json:"message"`
		Data    json.RawMessage `json:"data"`
	} `json:"error"`
}

// take returns the call of an answer, which is then no longer under way. An error without an id is about a message that
// the daemon could not read, such as one with too many values. That is the longest, since a send or a receive has few.
func (c *Conn) take(found answer) *Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	call := c.calls[found.ID]
	if found.ID == 0 && found.Error != nil {
		for _, one := range c.calls {
			if call == nil || one.length > call.length {
				call = one
			}
		}
	}
	if call != nil {
		delete(c.calls, call.id)
	}
	return call
}

func (c *Conn) answered(message []byte) error {
	var found answer
	if err := json.Unmarshal(message, &found); err != nil {
		return errors.New("a message of the daemon is no answer of JSON-RPC")
	}
	call := c.take(found)
	switch {
	case call == nil: // an event, or the answer to a call that was refused here
	case found.Error != nil:
		call.finish(nil, &Problem{Document: found.Error.Data})
	default:
		call.finish(found.Result, nil)
	}
	return nil
}
