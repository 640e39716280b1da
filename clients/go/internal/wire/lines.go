package wire

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"sync"
	"time"
)

const (
	// How many connections are kept while nobody uses them, and how long. The daemon keeps them longer.
	keptConnections = 8
	keptTime        = time.Minute
)

// line is a connection of HTTP that one receive has for itself, so that half-closing it concerns no other request.
type line struct {
	net.Conn
	reader   *bufio.Reader
	idleFrom time.Time
}

// lines are those that nobody uses.
type lines struct {
	config *tls.Config
	mu     sync.Mutex
	kept   []*line
}

// take returns one that is kept, or a new one. A failure to make one loses nothing, so that it is no [*Lost] by itself.
func (l *lines) take(ctx context.Context, daemon *url.URL) (*line, error) {
	for {
		kept := l.pop()
		if kept == nil {
			return l.dial(ctx, daemon)
		}
		if time.Since(kept.idleFrom) < keptTime {
			return kept, nil
		}
		_ = kept.Close()
	}
}

func (l *lines) pop() *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := len(l.kept) - 1
	if last < 0 {
		return nil
	}
	kept := l.kept[last]
	l.kept = l.kept[:last]
	return kept
}

func (l *lines) dial(ctx context.Context, daemon *url.URL) (*line, error) {
	var conn net.Conn
	var err error
	if daemon.Scheme == "https" {
		conn, err = (&tls.Dialer{Config: l.config}).DialContext(ctx, "tcp", hostAndPort(daemon, "443"))
	} else {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", hostAndPort(daemon, "80"))
	}
	if err != nil && ctx.Err() != nil {
		return nil, lostBy(ctx, err)
	}
	if err != nil {
		return nil, err
	}
	return &line{Conn: conn, reader: bufio.NewReaderSize(conn, bufferBytes)}, nil
}

func hostAndPort(daemon *url.URL, port string) string {
	if daemon.Port() != "" {
		port = daemon.Port()
	}
	return net.JoinHostPort(daemon.Hostname(), port)
}

// keep keeps one for later.
func (l *lines) keep(line *line) {
	line.idleFrom = time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.kept) < keptConnections {
		l.kept = append(l.kept, line)
		return
	}
	_ = line.Close()
}

// close closes those that nobody uses.
func (l *lines) close() {
	for kept := l.pop(); kept != nil; kept = l.pop() {
		_ = kept.Close()
	}
}

// closeWrite half-closes one.
func (l *line) closeWrite() {
	if half, ok := l.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // it may have ended
	}
}
