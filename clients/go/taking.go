package winsockd

import "errors"

// errAgain is the failure of a call that has taken nothing, and that is to be made again.
var errAgain = errors.New("winsockd: to be made again")

// taking is a call under way that takes something: bytes, a datagram, a connection.
type taking[T any] struct {
	done   <-chan struct{}
	result func() (T, error)
	// stop asks the daemon to end the call, and does not wait. It may have taken something all the same.
	stop      func()
	isStopped bool
}

// taker takes one thing after another. A call that a deadline has ended is asked to stop and kept: what it has taken
// all the same is for the next caller, so that nothing is lost. Its user has the turn of the direction.
type taker[T any] struct {
	begin func() *taking[T]
	under *taking[T]
}

// take returns the next thing.
func (t *taker[T]) take(direction *direction) (T, error) {
	for {
		if t.under == nil {
			t.under = t.begin()
		}
		if err := direction.await(t.under.done); err != nil {
			t.stop()
			var nothing T
			return nothing, err
		}
		ended := t.under
		t.under = nil
		found, err := ended.result()
		if err == errAgain || isWaitLimit(err) || (ended.isStopped && isAborted(err)) {
			continue
		}
		return found, err
	}
}

// stop ends the call that is under way, if any.
func (t *taker[T]) stop() {
	if t.under != nil && !t.under.isStopped {
		t.under.isStopped = true
		t.under.stop()
	}
}

// left is what the call that is under way has taken for nobody. It waits for the end of the call.
func (t *taker[T]) left() (T, bool) {
	if t.under == nil {
		var nothing T
		return nothing, false
	}
	t.stop()
	found, err := t.under.result()
	t.under = nil
	return found, err == nil
}
