package wire

import (
	"errors"
	"sync"
)

// ErrStopped is the failure of a receive that was stopped, and that has taken no more than it has given.
var ErrStopped = errors.New("the receive was stopped")

// stopper stops a receive of raw bytes.
type stopper struct {
	mu        sync.Mutex
	line      *line // while the request has it
	isStopped bool
}

// Stop ends the receive as a client that goes away. By the end of the sending side the daemon knows that nobody
// waits any more: it takes back what it has not answered, and what it has answered still comes.
func (s *stopper) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isStopped = true
	if s.line != nil {
		s.line.closeWrite()
	}
}

func (s *stopper) begin(line *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line = line
	if s.isStopped {
		line.closeWrite()
	}
}

// finish leaves the connection alone, and returns whether it was half-closed.
func (s *stopper) finish() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line = nil
	return s.isStopped
}
