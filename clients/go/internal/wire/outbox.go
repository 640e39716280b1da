package wire

import (
	"math"
	"sync"
)

// The most bytes of messages that wait for a daemon that reads nothing.
const mostWaitingBytes = 64 << 20

// outbox has the messages that the connection has not taken yet. Nobody waits for room in it: what is too much is
// refused.
type outbox struct {
	mu       sync.Mutex
	messages [][]byte
	bytes    int
	filled   chan struct{} // has room for one
}

func newOutbox() *outbox { return &outbox{filled: make(chan struct{}, 1)} }

// offer puts a message there, unless too much waits already.
func (o *outbox) offer(message []byte) bool { return o.add(message, mostWaitingBytes) }

// put puts a message there in any case: one of those that are short, and as few as the calls under way.
func (o *outbox) put(message []byte) { o.add(message, math.MaxInt) }

func (o *outbox) add(message []byte, most int) bool {
	o.mu.Lock()
	isRoom := len(o.messages) == 0 || o.bytes <= most-len(message)
	if isRoom {
		o.messages = append(o.messages, message)
		o.bytes += len(message)
	}
	o.mu.Unlock()
	select {
	case o.filled <- struct{}{}:
	default: // it says so already
	}
	return isRoom
}

// takeAll empties it.
func (o *outbox) takeAll() [][]byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := o.messages
	o.messages, o.bytes = nil, 0
	return all
}
