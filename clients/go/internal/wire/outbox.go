package wire

import "sync"

// outbox has the messages that the connection has not taken yet. It has no limit, so that nobody waits for a daemon
// that reads nothing; those who put messages there wait for their answers.
type outbox struct {
	mu       sync.Mutex
	messages [][]byte
	filled   chan struct{} // has room for one
}

func newOutbox() *outbox { return &outbox{filled: make(chan struct{}, 1)} }

func (o *outbox) put(message []byte) {
	o.mu.Lock()
	o.messages = append(o.messages, message)
	o.mu.Unlock()
	select {
	case o.filled <- struct{}{}:
	default: // it says so already
	}
}

// takeAll empties it.
func (o *outbox) takeAll() [][]byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := o.messages
	o.messages = nil
	return all
}
