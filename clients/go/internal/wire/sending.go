package wire

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
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
