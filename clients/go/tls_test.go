package winsockd_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// certificate makes one for localhost, as a file for openssl with its key, and as what clients trust.
func certificate(t *testing.T) (file string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	made, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made})
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)
	file = filepath.Join(t.TempDir(), "server.pem")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file, roots
}

// startEcho starts openssl, which answers each line with the same letters in reverse order. It returns its port.
func startEcho(t *testing.T, certificate string) string {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("not installed: openssl")
	}
	server := exec.Command("openssl", "s_server", "-rev", "-accept", "127.0.0.1:0", "-cert", certificate)
	output, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	accept := regexp.MustCompile(`^ACCEPT .*:(\d+)`)
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if found := accept.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, output) }()
			return found[1]
		}
	}
	t.Fatal("openssl does not listen")
	return ""
}

func TestTLS(t *testing.T) {
	rig := openRig(t)
	file, roots := certificate(t)
	port := startEcho(t, file)
	plain, err := rig.DialContext(limited(t), "tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	conn := tls.Client(plain, &tls.Config{ServerName: "localhost", RootCAs: roots})
	defer conn.Close()
	if err := conn.HandshakeContext(limited(t)); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(conn)
	for _, line := range []string{"winsock", strings.Repeat("ab", 5000)} {
		if _, err := conn.Write([]byte(line + "\n")); err != nil {
			t.Fatal(err)
		}
		if !lines.Scan() || lines.Text() != reversed(line) {
			t.Errorf("the answer has %d bytes, %v", len(lines.Text()), lines.Err())
		}
	}
}

func TestTLSDoesNotTrustAnyone(t *testing.T) {
	rig := openRig(t)
	file, _ := certificate(t)
	plain, err := rig.DialContext(limited(t), "tcp", "127.0.0.1:"+startEcho(t, file))
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if err := tls.Client(plain, &tls.Config{ServerName: "localhost"}).HandshakeContext(limited(t)); err == nil {
		t.Error("a certificate that nobody has signed was trusted")
	}
}

func reversed(text string) string {
	letters := []byte(text)
	for from, to := 0, len(letters)-1; from < to; from, to = from+1, to-1 {
		letters[from], letters[to] = letters[to], letters[from]
	}
	return string(letters)
}
