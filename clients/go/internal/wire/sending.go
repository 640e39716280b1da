package wire

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
)

// Send sends bytes of a stream as they are (sendBytes), and returns how many the socket has taken. A [*Problem] has
// that number as bytesSent. data is not used after the return.
func (s *Server) Send(ctx context.Context, socketID string, data []byte) (int, error) {
	request, err := s.newRequest(ctx, http.MethodPost, "/v1/sockets/"+url.PathEscape(socketID)+"/sendBytes")
	if err != nil {
		return 0, err
	}
	line, err := s.lines.take(ctx, request.URL)
	if err != nil {
		return 0, err
	}
	stop := context.AfterFunc(ctx, func() { _ = line.Close() })
	defer stop()
	written := make(chan error, 1)
	go func() { written <- line.send(request, data) }()
	// The daemon may answer before it has all bytes, if it does not need the rest.
	sent, goesOn, err := line.sent(request)
	if !goesOn {
		_ = line.Close()
	}
	if <-written == nil && goesOn {
		s.lines.keep(line)
	} else {
		_ = line.Close()
	}
	return sent, err
}

// send writes the request by itself: that of net/http would copy the bytes through a small buffer.
func (l *line) send(request *http.Request, data []byte) error {
	head := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n",
		request.Method, request.URL.RequestURI(), request.URL.Host, len(data))
	for name := range request.Header {
		head = fmt.Appendf(head, "%s: %s\r\n", name, request.Header.Get(name))
	}
	message := net.Buffers{append(head, "\r\n"...), data}
	_, err := message.WriteTo(l.Conn)
	return err
}

// sent reads the answer. goesOn is whether the connection takes another request.
func (l *line) sent(request *http.Request) (sent int, goesOn bool, err error) {
	answer, err := http.ReadResponse(l.reader, request)
	if err != nil {
		return 0, false, lostBy(request.Context(), err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return 0, false, failureIn(answer)
	}
	var result struct {
		BytesSent int `json:"bytesSent"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&result); err != nil {
		return 0, false, lostBy(request.Context(), err)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return result.BytesSent, err == nil && !answer.Close, nil
}
