package winsockd

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"winsockd/internal/wire"
)

// DefaultURL is where a daemon is unless Options or the environment say otherwise.
const DefaultURL = "http://127.0.0.1:10093"

// Options says where a daemon is. A field that is empty is taken from the environment.
type Options struct {
	// URL has a scheme, a host and a port; WINSOCKD_URL, at last DefaultURL.
	URL string
	// Token is what the daemon lets a client in for; WINSOCKD_TOKEN, at last the token file of this machine.
	Token string
	// CAFile is a PEM file with certificates to trust beside those of this machine; WINSOCKD_CAFILE.
	CAFile string
	// Insecure allows a URL without TLS to another machine. Then everybody on the way can read the token.
	Insecure bool
	// Provider of sockets: ws2_32, posix or lab. Empty is the daemon's default.
	Provider string
}

// Visible ASCII without spaces. Anything else could end the header field that a token stands in.
var tokenPattern = regexp.MustCompile(`^[\x21-\x7e]+$`)

// server finds the daemon that the options mean. No error shows the token.
func (o Options) server() (*wire.Server, error) {
	daemon, err := checkedURL(first(o.URL, os.Getenv("WINSOCKD_URL"), DefaultURL), o.Insecure)
	if err != nil {
		return nil, err
	}
	token := first(o.Token, os.Getenv("WINSOCKD_TOKEN"))
	if token == "" {
		if token, err = tokenOfThisMachine(); err != nil {
			return nil, err
		}
	}
	token = strings.TrimSpace(token)
	if !tokenPattern.MatchString(token) {
		return nil, errors.New("winsockd: the token has other characters than visible ASCII without spaces, or none")
	}
	roots, err := rootsWith(first(o.CAFile, os.Getenv("WINSOCKD_CAFILE")))
	if err != nil {
		return nil, err
	}
	return wire.NewServer(daemon, token, roots), nil
}

func first(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}

func checkedURL(text string, insecure bool) (string, error) {
	if strings.Contains(text, "@") { // before anything shows the URL: what stands there may be a password
		return "", errors.New("winsockd: the URL of a daemon has a scheme, a host and a port only, no user information")
	}
	parsed, err := url.Parse(text)
	if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Hostname() == "" || parsed.Port() == "0" {
		return "", fmt.Errorf("winsockd: %q is not a URL such as %s", text, DefaultURL)
	}
	if strings.Trim(parsed.Path, "/") != "" || parsed.RawQuery != "" || parsed.Fragment != "" {
		return "", fmt.Errorf("winsockd: the URL of a daemon has a scheme, a host and a port only, not %q", text)
	}
	if parsed.Scheme == "http" && !insecure && !isLoopback(parsed.Hostname()) {
		return "", fmt.Errorf("winsockd: %q has no TLS, so that others can read the token: use https, or Insecure", text)
	}
	return parsed.Scheme + "://" + parsed.Host, nil
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && address.IsLoopback())
}

// rootsWith returns the certificates that this machine trusts, and those of a file. Without a file it is nil.
func rootsWith(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("winsockd: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("winsockd: the certificates of this machine: %w", err)
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("winsockd: %s has no certificate in PEM", file)
	}
	return roots, nil
}

// tokenFile is where a daemon of this user keeps its token.
func tokenFile() (string, error) {
	variable, below := "XDG_STATE_HOME", filepath.Join(".local", "state")
	if runtime.GOOS == "windows" {
		variable, below = "LOCALAPPDATA", filepath.Join("AppData", "Local")
	}
	folder := os.Getenv(variable)
	if folder == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		folder = filepath.Join(home, below)
	}
	return filepath.Join(folder, "winsockd", "token"), nil
}

func tokenOfThisMachine() (string, error) {
	path, err := tokenFile()
	if err != nil {
		return "", fmt.Errorf("winsockd: no token: neither an option, nor WINSOCKD_TOKEN, nor a home folder: %w", err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("winsockd: no token: neither an option, nor WINSOCKD_TOKEN, nor a token file: %w", err)
	}
	return string(text), nil
}
