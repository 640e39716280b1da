package winsockd

import (
	"net"
	"os"
)

// direction is the sending or the receiving of a socket: one call at a time, with a deadline for it.
type direction struct {
	turn     chan struct{}
	deadline deadline
	closed   <-chan struct{} // that of the socket
}

func newDirection(closed <-chan struct{}) direction {
	return direction{turn: make(chan struct{}, 1), closed: closed}
}

// enter takes the turn. leave gives it back.
func (d *direction) enter() error {
	if err := d.err(); err != nil {
		return err
	}
	select {
	case d.turn <- struct{}{}:
		return nil
	case <-d.deadline.wait():
		return os.ErrDeadlineExceeded
	case <-d.closed:
		return net.ErrClosed
	}
}

func (d *direction) leave() { <-d.turn }

// err says why no call may begin or go on now.
func (d *direction) err() error {
	if isClosed(d.closed) {
		return net.ErrClosed
	}
	if isClosed(d.deadline.wait()) {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// await waits for the end of a call, at most until err says why not.
func (d *direction) await(done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-d.deadline.wait():
		return os.ErrDeadlineExceeded
	case <-d.closed:
		return net.ErrClosed
	}
}
