package wire

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Problem is a failure that the daemon answered with a problem document.
type Problem struct {
	Document json.RawMessage
}

func (p *Problem) Error() string { return string(p.Document) }

// Lost is a connection to the daemon that has ended.
type Lost struct {
	Cause error
}

func (l *Lost) Error() string { return "the connection to the daemon has ended: " + l.Cause.Error() }

// Unwrap returns the cause.
func (l *Lost) Unwrap() error { return l.Cause }

// lostBy is the failure of a request without an answer: why the time for it has ended, if it has.
func lostBy(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return &Lost{Cause: err}
	}
	if lost, ok := context.Cause(ctx).(*Lost); ok {
		return lost
	}
	return ctx.Err()
}

// The longest problem document.
const mostProblemBytes = 1 << 20

// problemIn returns the problem document of an answer, or nil if it has none.
func problemIn(answer *http.Response) *Problem {
	if !strings.HasPrefix(answer.Header.Get("Content-Type"), "application/problem+json") {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, mostProblemBytes))
	if err != nil || !json.Valid(body) {
		return nil
	}
	return &Problem{Document: body}
}

// failureIn is the error of an answer without success.
func failureIn(answer *http.Response) error {
	if problem := problemIn(answer); problem != nil {
		return problem
	}
	return &Lost{Cause: fmt.Errorf("an answer %d that is none of winsockd", answer.StatusCode)}
}
