package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync"
)

// Send sends bytes of a stream as they are (sendBytes), and returns how many the socket has taken. A [*Problem] has
// that number as bytesSent. data is not used after the return.
func (s *Server) Send(ctx context.Context, socketID string, data []byte) (int, error) {
	body := &lent{data: data}
	defer body.Close()
	answer, err := s.request(ctx, http.MethodPost, "/v1/sockets/"+url.PathEscape(socketID)+"/sendBytes", body, int64(len(data)))
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	var result struct {
		BytesSent int `json:"bytesSent"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&result); err != nil {
		return 0, &Lost{Cause: err}
	}
	return result.BytesSent, nil
}

// lent is a body of bytes that belong to the caller. The client of HTTP may read a body after it has returned the
// answer; after Close it reads nothing.
type lent struct {
	mu   sync.Mutex
	data []byte
}

func (l *lent) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, l.data)
	l.data = l.data[n:]
	return n, nil
}

func (l *lent) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.data = nil
	return nil
}

// ErrStopped is the failure of a receive that was stopped and has taken nothing.
var ErrStopped = errors.New("the receive was stopped")

// Receiving is a receive of raw bytes under way (recvBytes).
type Receiving struct {
	done  chan struct{}
	data  []byte
	isEnd bool
	err   error

	mu        sync.Mutex
	conn      any // the connection of the request
	isStopped bool
}

// Receive begins one receive of at most so many bytes.
func (s *Server) Receive(ctx context.Context, socketID string, mostBytes int) *Receiving {
	r := &Receiving{done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.data, r.isEnd, r.err = r.receive(ctx, s, socketID, mostBytes)
		r.finish()
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

// Stop ends the receive as a client that goes away. By the end of the sending side the daemon knows that nobody
// waits any more: it takes back what it has not answered, and what it has answered still comes.
func (r *Receiving) Stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.isStopped = true
	r.halfClose()
}

func (r *Receiving) halfClose() {
	if half, ok := r.conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // it may have ended
	}
}

func (r *Receiving) receive(ctx context.Context, s *Server, socketID string, mostBytes int) ([]byte, bool, error) {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: r.begin})
	path := fmt.Sprintf("/v1/sockets/%s/recvBytes?maxBytes=%d", url.PathEscape(socketID), mostBytes)
	answer, err := s.request(ctx, http.MethodPost, path, nil, 0)
	if err != nil {
		return nil, false, err
	}
	defer answer.Body.Close()
	data := make([]byte, max(0, min(answer.ContentLength, int64(mostBytes))))
	if _, err := io.ReadFull(answer.Body, data); err != nil {
		return nil, false, &Lost{Cause: err}
	}
	isEnd, _ := strconv.ParseBool(answer.Header.Get("Winsock-Eof"))
	return data, isEnd, nil
}

func (r *Receiving) begin(info httptrace.GotConnInfo) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conn = info.Conn
	if r.isStopped {
		r.halfClose()
	}
}

// finish leaves the connection to other requests, unless it was half-closed.
func (r *Receiving) finish() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if closer, ok := r.conn.(io.Closer); ok && r.isStopped {
		_ = closer.Close()
	}
	r.conn = nil
	var lost *Lost
	if r.isStopped && errors.As(r.err, &lost) {
		r.err = ErrStopped
	}
}
