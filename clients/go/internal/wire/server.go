package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"time"
)

const (
	bytesType = "application/octet-stream"

	// The longest file that the daemon makes of a journal.
	mostFileBytes = 256 << 20

	bufferBytes = 256 << 10
)

// Server says where the daemon is, and makes requests of HTTP.
type Server struct {
	// URL is http or https, host and port.
	URL    string
	token  string
	client *http.Client
	lines  lines
}

// NewServer prepares requests to a daemon. roots has the certificates to trust; nil are those of this machine.
func NewServer(url, token string, roots *x509.CertPool) *Server {
	config := &tls.Config{RootCAs: roots}
	return &Server{URL: url, token: token, lines: lines{config: config}, client: &http.Client{
		Transport: &http.Transport{
			// No Proxy: that of the environment would see the token.
			TLSClientConfig:     config,
			TLSHandshakeTimeout: 10 * time.Second,
			IdleConnTimeout:     keptTime,
			DisableCompression:  true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Close closes the connections that are not in use.
func (s *Server) Close() {
	s.client.CloseIdleConnections()
	s.lines.close()
}

func (s *Server) fields() http.Header {
	return http.Header{"Authorization": {"Bearer " + s.token}}
}

// Get reads a file that the daemon makes, such as an export of a journal.
func (s *Server) Get(ctx context.Context, path string) ([]byte, error) {
	request, err := s.newRequest(ctx, http.MethodGet, path)
	if err != nil {
		return nil, err
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return nil, lostBy(ctx, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, failureIn(answer)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, mostFileBytes))
	if err != nil {
		return nil, lostBy(ctx, err)
	}
	return body, nil
}

func (s *Server) newRequest(ctx context.Context, method, path string) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, method, s.URL+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header = s.fields()
	if method == http.MethodPost {
		request.Header.Set("Content-Type", bytesType)
	}
	return request, nil
}
