package winsockd_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"winsockd"
)

func TestTheNthSendFails(t *testing.T) {
	session, err := openRig(t).BeginSession(limited(t), winsockd.SessionOptions{Capture: 1000})
	if err != nil {
		t.Fatal(err)
	}
	client, _ := connect(t, session, "127.0.0.1:0")
	rule := winsockd.FaultRule{Effect: "fail", Operation: "send", Nth: 2, Code: "WSAENETDOWN"}
	fault, err := client.ArmFault(limited(t), rule)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Write([]byte("one")); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Write([]byte("two")); !errors.Is(err, syscall.ENETDOWN) {
		t.Errorf("the second Write: %v", err)
	}
	if hits, err := fault.Hits(limited(t)); hits != 1 || err != nil {
		t.Errorf("%d hits, %v", hits, err)
	}
	entries, err := client.Journal(limited(t))
	if err != nil {
		t.Fatal(err)
	}
	var outcomes []string
	for _, entry := range entries {
		if entry.Operation == "send" {
			outcomes = append(outcomes, entry.Outcome+entry.Name)
		}
	}
	if !slices.Equal(outcomes, []string{"ok", "failedWSAENETDOWN"}) {
		t.Errorf("the journal has %v", outcomes)
	}
	file, err := client.Capture(limited(t))
	if err != nil || !bytes.Contains(file, []byte("one")) || bytes.Contains(file, []byte("two")) {
		t.Errorf("a capture of %d bytes, %v", len(file), err)
	}
}

func TestFaultsOfASession(t *testing.T) {
	rules := []winsockd.FaultRule{{Effect: "fail", Operation: "connect", Code: "WSAECONNREFUSED"}}
	session, err := openRig(t).BeginSession(limited(t), winsockd.SessionOptions{Provider: "lab", Faults: rules})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := session.Listen(limited(t), "tcp", "10.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	address := listener.Addr().String()
	if _, err := session.DialContext(limited(t), "tcp", address); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("Dial: %v", err)
	}
	faults, err := session.Faults(limited(t))
	if err != nil || len(faults) != 1 {
		t.Fatal(faults, err)
	}
	if err := faults[0].Remove(limited(t)); err != nil {
		t.Fatal(err)
	}
	conn, err := session.DialContext(limited(t), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := session.ArmFault(limited(t), rules[0]); err != nil {
		t.Fatal(err)
	}
	if err := session.Reset(limited(t)); err != nil {
		t.Fatal(err)
	}
	if faults, err := session.Faults(limited(t)); err != nil || len(faults) != 0 {
		t.Errorf("%d faults after Reset, %v", len(faults), err)
	}
}

func TestAResetAfterSoManyBytes(t *testing.T) {
	client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
	if _, err := client.ArmFault(limited(t), winsockd.FaultRule{Effect: "reset", Operation: "send", AfterBytes: 100_000}); err != nil {
		t.Fatal(err)
	}
	if n, err := client.Write(make([]byte, 300_000)); n != 100_000 || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("Write: %d, %v", n, err)
	}
	if _, err := io.Copy(io.Discard, server); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the peer: %v", err)
	}
}

func TestTheClockOfTheLab(t *testing.T) {
	session := beginLab(t, openRig(t))
	client, server := connect(t, session, "10.0.0.1:0")
	if err := session.SetLabLink(limited(t), winsockd.LabLink{LatencyMs: 1000}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	_ = server.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := server.Read(make([]byte, 1)); err == nil {
		t.Error("it came before its time")
	}
	_ = server.SetReadDeadline(time.Time{})
	if ran, err := session.AdvanceLabClock(limited(t), time.Second); ran == 0 || err != nil {
		t.Errorf("%d events, %v", ran, err)
	}
	if n, err := server.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("Read: %d, %v", n, err)
	}
}

func TestOptions(t *testing.T) {
	client, _ := connect(t, openRig(t).Session(), "127.0.0.1:0")
	if err := errors.Join(client.SetNoDelay(true), client.SetLinger(3), client.SetKeepAlive(true)); err != nil {
		t.Fatal(err)
	}
	value, err := client.Option(limited(t), "SO_LINGER")
	if err != nil || value.Linger == nil || *value.Linger != (winsockd.Linger{On: true, Seconds: 3}) {
		t.Errorf("SO_LINGER: %+v, %v", value, err)
	}
	value, err = client.Option(limited(t), "TCP_NODELAY")
	if err != nil || value.Boolean == nil || !*value.Boolean {
		t.Errorf("TCP_NODELAY: %+v, %v", value, err)
	}
	if err := client.SetOption(limited(t), "SO_RCVBUF", winsockd.IntValue(65536)); err != nil {
		t.Error(err)
	}
	if _, err := client.Option(limited(t), "SO_MADE_UP"); err == nil {
		t.Error("an option that Winsock has not")
	}
	if info, err := client.Info(limited(t)); err != nil || info.State != "connected" || info.SocketID != client.ID() {
		t.Errorf("%+v, %v", info, err)
	}
}

// A program that knows nothing of the rig is led through a relay, to a server that does not either.
func TestARelay(t *testing.T) {
	page := strings.Repeat("0123456789", 10_000)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, page)
	}))
	defer site.Close()
	session := openRig(t).Session()
	listener, err := session.Listen(limited(t), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	cut := winsockd.RelayFault{
		End:           "client",
		NthConnection: 2,
		FaultRule:     winsockd.FaultRule{Operation: "send", AfterBytes: 10_000, Effect: "reset"},
	}
	upstream := site.Listener.Addr().String()
	relay, err := listener.StartRelay(limited(t), upstream, winsockd.RelayOptions{Faults: []winsockd.RelayFault{cut}})
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	for number := 1; number <= 3; number++ {
		body, err := getAlone(url)
		if number == 2 && (!errors.Is(err, syscall.ECONNRESET) || len(body) > 10_000) || number != 2 && body != page {
			t.Errorf("connection %d: %d bytes, %v", number, len(body), err)
		}
	}
	info, err := relay.Info(limited(t))
	if err != nil || info.Accepted != 3 || len(info.Pairs) != 3 {
		t.Fatalf("%+v, %v", info, err)
	}
	if err := relay.SetFaults(limited(t)); err != nil {
		t.Error(err)
	}
	if faults, err := session.Faults(limited(t)); err != nil || len(faults) != 0 {
		t.Errorf("%d faults, %v", len(faults), err)
	}
	if relays, err := session.Relays(limited(t)); err != nil || len(relays) != 1 || relays[0].ID() != relay.ID() {
		t.Errorf("%v, %v", relays, err)
	}
	if err := errors.Join(relay.Pause(limited(t)), relay.Resume(limited(t)), relay.Finish(limited(t))); err != nil {
		t.Error(err)
	}
	until(t, func(ctx context.Context) (bool, error) {
		relays, err := session.Relays(ctx)
		return len(relays) == 0, err
	})
	relay, err = listener.StartRelay(limited(t), upstream, winsockd.RelayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := relay.End(limited(t)); err != nil {
		t.Error(err)
	}
	// The listener can be used again.
	_ = listener.SetDeadline(time.Now().Add(time.Millisecond))
	var failure net.Error
	if _, err := listener.Accept(); !errors.As(err, &failure) || !failure.Timeout() {
		t.Errorf("Accept: %v", err)
	}
}

// getAlone gets a page by a connection of its own.
func getAlone(url string) (string, error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	answer, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return string(body), err
}
