package winsockd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"winsockd"
)

// serve serves HTTP on a rig, until the end of the test.
func serve(t *testing.T, rig *winsockd.Rig, handler http.Handler) *url.URL {
	t.Helper()
	listener, err := rig.Listen(limited(t), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler}
	served := make(chan error)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		if err := server.Shutdown(limited(t)); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return &url.URL{Scheme: "http", Host: listener.Addr().String()}
}

// clientOf is a client of HTTP whose connections are those of a rig.
func clientOf(t *testing.T, rig *winsockd.Rig) *http.Client {
	transport := &http.Transport{DialContext: rig.DialContext}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func get(t *testing.T, client *http.Client, url string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(limited(t), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status, err)
	}
	return body
}

func TestServerAndClientOfHTTP(t *testing.T) {
	rig := openRig(t)
	page := random(300_000)
	site := serve(t, rig, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := r.Context().Value(http.LocalAddrContextKey).(fmt.Stringer); !ok {
			t.Error("the server has no local address")
		}
		_, _ = w.Write(page)
	}))
	client := clientOf(t, rig)
	for range 3 {
		if !bytes.Equal(get(t, client, site.String()), page) {
			t.Error("another page")
		}
	}
	entries, err := rig.Session().Journal(limited(t))
	if err != nil {
		t.Fatal(err)
	}
	connects := 0
	for _, entry := range entries {
		if entry.Operation == "connect" {
			connects++
		}
	}
	if connects != 1 {
		t.Errorf("%d connections for requests one after another", connects)
	}
}

func TestReverseProxyToAServerOfThisMachine(t *testing.T) {
	rig := openRig(t)
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %d", r.URL.Path, len(body))
	}))
	defer origin.Close()
	to, err := url.Parse(origin.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.Transport = clientOf(t, rig).Transport
	site := serve(t, rig, proxy)
	answer, err := clientOf(t, rig).Post(site.JoinPath("there").String(), "text/plain", bytes.NewReader(random(200_000)))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); string(body) != "/there 200000" {
		t.Errorf("%q, %v", body, err)
	}
}

func TestARequestThatIsCancelled(t *testing.T) {
	rig := openRig(t)
	arrived := make(chan struct{})
	site := serve(t, rig, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done() // the server sees that its client has gone
	}))
	ctx, cancel := context.WithCancel(limited(t))
	go func() {
		<-arrived
		cancel()
	}()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, site.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := clientOf(t, rig).Do(request); !errors.Is(err, context.Canceled) {
		t.Errorf("Do: %v", err)
	}
}
