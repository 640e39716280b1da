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
			MaxIdleConnsPerHost: keptConnections,
			IdleConnTimeout:     keptTime,
			DisableCompression:  true,
			WriteBufferSize:     bufferBytes,
			ReadBufferSize:      bufferBytes,
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
	answer, err := s.request(ctx, http.MethodGet, path, nil, 0)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, mostFileBytes))
	if err != nil {
		return nil, &Lost{Cause: err}
	}
	return body, nil
}

// request makes a request. An answer without success is an error.
func (s *Server) request(ctx context.Context, method, path string, body io.ReadCloser, length int64) (*http.Response, error) {
	request, err := s.newRequest(ctx, method, path)
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Body, request.ContentLength = body, length
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return nil, &Lost{Cause: err}
	}
	if answer.StatusCode == http.StatusOK {
		return answer, nil
	}
	defer answer.Body.Close()
	return nil, failureIn(answer)
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
