package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
)

// ErrCut is the end of a stream that the daemon has cut: a receive of it has failed, which its journal tells, or
// nothing came for a minute.
var ErrCut = errors.New("the stream was cut")

// Stream receives raw bytes until the peer has ended its stream (recvBytes with untilEnd). Only Stop may be called by
// another goroutine.
type Stream struct {
	stopper
	ctx    context.Context
	server *Server
	path   string

	answer *http.Response // after the first Read
	conn   *line
	unhook func() bool
}

// Stream prepares a stream; its first Read begins it.
func (s *Server) Stream(ctx context.Context, socketID string) *Stream {
	path := "/v1/sockets/" + url.PathEscape(socketID) + "/recvBytes?untilEnd=true"
	return &Stream{ctx: ctx, server: s, path: path}
}

// Read returns bytes of the stream. Its end is io.EOF; [ErrCut], or [ErrStopped] after Stop; a [*Problem]; a [*Lost].
func (s *Stream) Read(p []byte) (int, error) {
	if s.answer == nil {
		if err := s.open(); err != nil {
			return 0, s.ended(err)
		}
	}
	n, err := s.answer.Body.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	return n, s.ended(ErrCut)
}

// RequestID is what the journal of the daemon calls the request of a stream that was answered.
func (s *Stream) RequestID() string { return s.answer.Header.Get("X-Request-Id") }

// ended is why a stream has ended without its end.
func (s *Stream) ended(err error) error {
	if s.ctx.Err() != nil {
		return lostBy(s.ctx, err)
	}
	var problem *Problem
	if errors.As(err, &problem) || !s.finish() {
		return err
	}
	return ErrStopped
}

func (s *Stream) open() error {
	request, err := s.server.newRequest(s.ctx, http.MethodPost, s.path)
	if err != nil {
		return err
	}
	line, err := s.server.lines.take(s.ctx, request.URL)
	if err != nil {
		return err
	}
	s.conn = line
	s.unhook = context.AfterFunc(s.ctx, func() { _ = line.Close() })
	s.begin(line)
	if err := request.Write(line); err != nil {
		return &Lost{Cause: err}
	}
	answer, err := http.ReadResponse(line.reader, request)
	if err != nil {
		return &Lost{Cause: err}
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		return failureIn(answer)
	}
	s.answer = answer
	return nil
}

// Close closes the connection of the stream.
func (s *Stream) Close() {
	s.finish()
	if s.conn != nil {
		s.unhook()
		_ = s.conn.Close()
	}
}
