package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// Receiving is a receive of raw bytes under way (recvBytes).
type Receiving struct {
	done  chan struct{}
	data  []byte
	isEnd bool
	err   error

	stopper
}

// Receive begins one receive of at most so many bytes.
func (s *Server) Receive(ctx context.Context, socketID string, mostBytes int) *Receiving {
	r := &Receiving{done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.data, r.isEnd, r.err = r.receive(ctx, s, socketID, mostBytes)
	}()
	return r
}

// Done is closed when the receive has ended.
func (r *Receiving) Done() <-chan struct{} { return r.done }

// Result is what was received, and whether the stream has ended.
func (r *Receiving) Result() ([]byte, bool, error) {
	<-r.done
	return r.data, r.isEnd, r.err
}

func (r *Receiving) receive(ctx context.Context, s *Server, socketID string, mostBytes int) ([]byte, bool, error) {
	path := fmt.Sprintf("/v1/sockets/%s/recvBytes?maxBytes=%d", url.PathEscape(socketID), mostBytes)
	request, err := s.newRequest(ctx, http.MethodPost, path)
	if err != nil {
		return nil, false, err
	}
	line, err := s.lines.take(ctx, request.URL)
	if err != nil {
		return nil, false, err
	}
	stop := context.AfterFunc(ctx, func() { _ = line.Close() })
	defer stop()
	r.begin(line)
	data, isEnd, goesOn, err := line.receive(request, mostBytes)
	isStopped := r.finish()
	if goesOn && !isStopped {
		s.lines.keep(line)
	} else {
		_ = line.Close()
	}
	var lost *Lost
	if isStopped && errors.As(err, &lost) {
		err = ErrStopped
	}
	return data, isEnd, err
}

// receive makes the request. goesOn is whether the connection takes another one.
func (l *line) receive(request *http.Request, mostBytes int) (data []byte, isEnd, goesOn bool, err error) {
	if err := request.Write(l); err != nil {
		return nil, false, false, lostBy(request.Context(), err)
	}
	answer, err := http.ReadResponse(l.reader, request)
	if err != nil {
		return nil, false, false, lostBy(request.Context(), err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		err := failureIn(answer)
		_, isProblem := err.(*Problem)
		return nil, false, isProblem && !answer.Close, err
	}
	if answer.ContentLength < 0 || answer.ContentLength > int64(mostBytes) {
		return nil, false, false, &Lost{Cause: fmt.Errorf("%d bytes are no answer to a receive", answer.ContentLength)}
	}
	data = make([]byte, answer.ContentLength)
	if _, err := io.ReadFull(answer.Body, data); err != nil {
		return nil, false, false, lostBy(request.Context(), err)
	}
	isEnd, _ = strconv.ParseBool(answer.Header.Get("Winsock-Eof"))
	return data, isEnd, !answer.Close, nil
}
