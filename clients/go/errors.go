package winsockd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"winsockd/internal/wire"
)

// Problem is a problem document (RFC 9457) of the daemon. docs/problem-documents.md describes it.
type Problem struct {
	// Type is /problems/ and the name of the code or refusal.
	Type   string
	Title  string
	Status int
	// Detail says to people what happened, and what to do about it.
	Detail   string
	Instance string
	// Code and Name are those of Winsock. A refusal has none.
	Code      int
	Name      string
	Operation string
	Function  string
	Provider  string
	SocketID  string
	SessionID string
	// State of the socket after the failure.
	State string
	// Reason why the socket has ended.
	Reason string
	// Retryable is whether the same call, unchanged, can succeed later.
	Retryable bool
	// BytesSent is how many bytes were taken before the failure.
	BytesSent int
	// Document is the whole document.
	Document json.RawMessage `json:"-"`
}

// WinsockError is a Winsock call that failed. [errors.Is] finds in it the errno that package syscall of this system has
// for the same failure, and the number of Windows.
//
// https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2
type WinsockError struct {
	// Code is the WSA number, such as 10054.
	Code int
	// Name is the name of the number, such as WSAECONNRESET.
	Name    string
	Problem Problem
}

func (e *WinsockError) Error() string {
	return fmt.Sprintf("%s (%d): %s", e.Name, e.Code, first(e.Problem.Detail, e.Problem.Title))
}

// Timeout reports whether a limit has passed, as the errno of the same failure does. It is part of net.Error.
func (e *WinsockError) Timeout() bool {
	return e.Name == "WSAETIMEDOUT" || e.Name == "WSAEWOULDBLOCK" || e.Name == "WSA_WAIT_TIMEOUT"
}

// Temporary reports what the errno of the same failure does. It is part of net.Error.
func (e *WinsockError) Temporary() bool {
	return e.Timeout() || e.Name == "WSAEINTR" || e.Name == "WSAEMFILE"
}

// Is reports whether target is an errno of this failure, or what such an errno is. A socket that has ended is
// net.ErrClosed.
func (e *WinsockError) Is(target error) bool {
	if number, ok := target.(syscall.Errno); ok && number == syscall.Errno(e.Code) {
		return true
	}
	if target == net.ErrClosed {
		return e.Problem.Reason != ""
	}
	here, ok := errnos[e.Code]
	return ok && (target == here || here.Is(target))
}

// RefusedError is a call that the daemon refused, without a Winsock code.
type RefusedError struct {
	// Name says why, such as destination-denied.
	Name    string
	Problem Problem
}

func (e *RefusedError) Error() string {
	return e.Name + ": " + first(e.Problem.Detail, e.Problem.Title)
}

// Timeout is part of net.Error.
func (e *RefusedError) Timeout() bool { return e.Name == waitLimit }

// Temporary is part of net.Error.
func (e *RefusedError) Temporary() bool { return e.Timeout() }

// errnosOfRefusals says what refusals are like.
var errnosOfRefusals = map[string]syscall.Errno{
	"unauthorized":       syscall.EACCES,
	"origin-denied":      syscall.EACCES,
	"destination-denied": syscall.EACCES,
	"option-denied":      syscall.EACCES,
	"socket-denied":      syscall.EACCES,
	"in-use":             syscall.EBUSY,
	"quota":              syscall.ENOBUFS,
	"overloaded":         syscall.ENOBUFS,
	"draining":           syscall.ECONNABORTED,
}

// Is reports whether target is an errno that is like this refusal, such as syscall.EACCES, or what such an errno is,
// such as fs.ErrPermission. A session that has ended is net.ErrClosed.
func (e *RefusedError) Is(target error) bool {
	switch e.Name {
	case "session-ended", "lease-expired", "earlier-run", "not-found":
		return target == net.ErrClosed
	}
	here, ok := errnosOfRefusals[e.Name]
	return ok && (target == here || here.Is(target))
}

// LostError is a connection to the daemon that has ended, and with it the sessions of the rig. After [Rig.Close] its
// cause is net.ErrClosed. If only the connection of one large Read, Write or copy has ended, the rig goes on; how many
// bytes that call has moved is not known, so that its Conn is to be closed.
type LostError struct {
	Cause error
}

func (e *LostError) Error() string { return "the connection to winsockd has ended: " + e.Cause.Error() }

// Timeout is part of net.Error.
func (e *LostError) Timeout() bool { return false }

// Temporary is part of net.Error.
func (e *LostError) Temporary() bool { return false }

// Is reports whether target is syscall.ECONNABORTED.
func (e *LostError) Is(target error) bool { return target == syscall.ECONNABORTED }

// Unwrap returns the cause.
func (e *LostError) Unwrap() error { return e.Cause }

// waitLimit is the refusal of the daemon to wait longer. The client repeats the call.
const waitLimit = "wait-limit"

// errorOf is the error of the wire, as users of this package see it.
func errorOf(err error) error {
	var problem *wire.Problem
	if errors.As(err, &problem) {
		return problemError(problem.Document)
	}
	var lost *wire.Lost
	if errors.As(err, &lost) {
		return &LostError{Cause: lost.Cause}
	}
	if err == context.Canceled || err == context.DeadlineExceeded {
		return err
	}
	return fmt.Errorf("winsockd: %w", err)
}

func problemError(document json.RawMessage) error {
	problem := Problem{Document: document}
	if err := json.Unmarshal(document, &problem); err != nil {
		return fmt.Errorf("winsockd: what the daemon answered is no problem document: %w", err)
	}
	if problem.Code == 0 {
		name := problem.Type[strings.LastIndex(problem.Type, "/")+1:]
		return &RefusedError{Name: name, Problem: problem}
	}
	return &WinsockError{Code: problem.Code, Name: problem.Name, Problem: problem}
}

func isWaitLimit(err error) bool {
	var refused *RefusedError
	return errors.As(err, &refused) && refused.Name == waitLimit
}

// isAborted reports whether a cancel has ended a call. In a session of version 1.1 that is WSAEINTR.
func isAborted(err error) bool {
	var failed *WinsockError
	return errors.As(err, &failed) && (failed.Name == "WSA_OPERATION_ABORTED" || failed.Name == "WSAEINTR")
}

// bytesSentBefore is how many bytes a send has taken before its failure.
func bytesSentBefore(err error) int {
	var failed *WinsockError
	if errors.As(err, &failed) {
		return failed.Problem.BytesSent
	}
	var refused *RefusedError
	if errors.As(err, &refused) {
		return refused.Problem.BytesSent
	}
	return 0
}

// isOver reports whether a socket has ended already: with its session, or with the daemon.
func isOver(err error) bool {
	var failed *WinsockError
	if errors.As(err, &failed) {
		return failed.Problem.Reason != ""
	}
	var lost *LostError
	return errors.As(err, &lost)
}
