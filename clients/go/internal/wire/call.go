package wire

import (
	"encoding/json"
	"errors"
	"time"
)

// Call is a call under way.
type Call struct {
	conn   *Conn
	id     int64
	length int // of its message, in bytes
	done   chan struct{}
	result json.RawMessage
	err    error
}

// request is a request object of JSON-RPC.
type request struct {
	Version string `json:"jsonrpc"`
	ID      int64  `json:"id,omitempty"`
	Method  string `json:"method"`
	Params  any    `json:"params,omitempty"`
}

// Begin begins a call, and waits for nothing. Its failure is that of the call.
func (c *Conn) Begin(method string, params any) *Call {
	call := &Call{conn: c, id: c.lastID.Add(1), done: make(chan struct{})}
	message, err := json.Marshal(request{Version: "2.0", ID: call.id, Method: method, Params: params})
	if err == nil {
		call.length = len(message)
		err = c.register(call)
	}
	if err != nil {
		call.finish(nil, err)
		return call
	}
	if !c.outbox.offer(message) {
		c.withdraw(call)
	}
	return call
}

// tooMuch is the refusal of a call that was not sent, as the daemon would refuse it.
var tooMuch = &Problem{Document: json.RawMessage(
	`{"type":"/problems/quota","title":"Too much at once","status":429,` +
		`"detail":"The calls that wait until the daemon reads them have too many bytes."}`,
)}

// withdraw refuses a call that was not sent, unless the connection has ended meanwhile.
func (c *Conn) withdraw(call *Call) {
	c.mu.Lock()
	_, isUnderWay := c.calls[call.id]
	delete(c.calls, call.id)
	c.mu.Unlock()
	if isUnderWay {
		call.finish(nil, tooMuch)
	}
}

func (c *Conn) register(call *Call) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return c.cause
	}
	c.calls[call.id] = call
	return nil
}

func (call *Call) finish(result json.RawMessage, err error) {
	call.result, call.err = result, err
	close(call.done)
}

// Done is closed when the call has ended.
func (call *Call) Done() <-chan struct{} { return call.done }

// Result is the result of a call that has ended, or its failure: a [*Problem], a [*Lost], or why it was not sent.
func (call *Call) Result() (json.RawMessage, error) {
	<-call.done
	return call.result, call.err
}

// Cancel asks the daemon to end the call, and does not wait for it. The call may succeed all the same.
func (call *Call) Cancel() {
	select {
	case <-call.done:
		return
	default:
	}
	message, _ := json.Marshal(request{Version: "2.0", Method: "rpc.cancel", Params: map[string]int64{"id": call.id}})
	call.conn.outbox.put(message)
}

// Settle waits for the end of a call that was cancelled. A daemon that does not answer counts as lost.
func (call *Call) Settle() {
	limit := time.NewTimer(call.conn.patience.Cancel)
	defer limit.Stop()
	select {
	case <-call.done:
	case <-limit.C:
		call.conn.lose(errors.New("no answer to a cancelled call"))
		<-call.done
	}
}
