package winsockd_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	"winsockd"
)

func TestARefusedConnection(t *testing.T) {
	session := beginLab(t, openRig(t))
	_, err := session.DialContext(limited(t), "tcp", "10.0.0.1:9") // nobody listens there
	var failed *winsockd.WinsockError
	if !errors.As(err, &failed) || failed.Code != 10061 || failed.Name != "WSAECONNREFUSED" {
		t.Fatalf("Dial: %v", err)
	}
	if failed.Problem.Operation != "connect" || failed.Problem.Status != 502 || len(failed.Problem.Document) == 0 {
		t.Errorf("the problem is %+v", failed.Problem)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) || !errors.Is(err, syscall.Errno(10061)) || errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the numbers of %v", err)
	}
	var operation *net.OpError
	if !errors.As(err, &operation) || operation.Op != "dial" || operation.Addr.String() != "10.0.0.1:9" {
		t.Errorf("no OpError of it: %v", err)
	}
	if operation.Timeout() {
		t.Errorf("a time-out: %v", err)
	}
}

func TestCodesAreErrnos(t *testing.T) {
	client, _ := connect(t, openRig(t).Session(), "127.0.0.1:0")
	for name, expected := range map[string]syscall.Errno{
		"WSAECONNRESET":   syscall.ECONNRESET,
		"WSAECONNABORTED": syscall.ECONNABORTED,
		"WSAENETDOWN":     syscall.ENETDOWN,
		"WSAEACCES":       syscall.EACCES,
		"WSAETIMEDOUT":    syscall.ETIMEDOUT,
		"WSAENOBUFS":      syscall.ENOBUFS,
	} {
		rule := winsockd.FaultRule{Effect: "fail", Operation: "send", Code: name, Times: 1}
		if _, err := client.ArmFault(limited(t), rule); err != nil {
			t.Fatal(err)
		}
		_, err := client.Write([]byte("x"))
		var failure net.Error
		if !errors.Is(err, expected) || !errors.As(err, &failure) || failure.Timeout() != expected.Timeout() {
			t.Errorf("%s is %v", name, err)
		}
		if errors.Is(err, fs.ErrPermission) != (name == "WSAEACCES") {
			t.Errorf("%s and fs.ErrPermission", name)
		}
	}
}

func TestWhatThePolicyDenies(t *testing.T) {
	_, err := openRig(t).DialContext(limited(t), "tcp", "192.0.2.1:80")
	var refused *winsockd.RefusedError
	if !errors.As(err, &refused) || refused.Name != "destination-denied" {
		t.Fatalf("Dial: %v", err)
	}
	if !errors.Is(err, syscall.EACCES) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("it is no errno: %v", err)
	}
}

func TestALookUpThatFindsNothing(t *testing.T) {
	session := beginLab(t, openRig(t))
	_, err := session.DialContext(limited(t), "tcp", "no-such-host.invalid:80")
	var lookUp *net.DNSError
	var failed *winsockd.WinsockError
	if !errors.As(err, &lookUp) || !lookUp.IsNotFound || lookUp.Name != "no-such-host.invalid" {
		t.Errorf("Dial: %v", err)
	}
	if !errors.As(err, &failed) || failed.Code != 11001 {
		t.Errorf("Dial: %v", err)
	}
}

func TestUnknownNetworks(t *testing.T) {
	rig := openRig(t)
	var unknown net.UnknownNetworkError
	if _, err := rig.DialContext(limited(t), "sctp", "127.0.0.1:1"); !errors.As(err, &unknown) {
		t.Errorf("Dial: %v", err)
	}
	if _, err := rig.Listen(limited(t), "udp", "127.0.0.1:0"); !errors.As(err, &unknown) {
		t.Errorf("Listen: %v", err)
	}
	if _, err := rig.ListenPacket(limited(t), "tcp", "127.0.0.1:0"); !errors.As(err, &unknown) {
		t.Errorf("ListenPacket: %v", err)
	}
}

// On a lab whose network is cut off a connection stays pending.
func TestTheContextOfADial(t *testing.T) {
	session := beginLab(t, openRig(t))
	if err := session.SetLabLink(limited(t), winsockd.LabLink{Partition: true}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	dialled := make(chan error)
	go func() {
		_, err := session.DialContext(ctx, "tcp", "10.0.0.1:9")
		dialled <- err
	}()
	untilPending(t, session, 1)
	cancel()
	if err := <-dialled; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	ctx, cancel = context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := session.DialContext(ctx, "tcp", "10.0.0.1:9")
	var failure net.Error
	if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &failure) || !failure.Timeout() {
		t.Errorf("timed out: %v", err)
	}
	// The attempts have ended with their sockets.
	until(t, func(ctx context.Context) (bool, error) {
		sockets, err := session.Sockets(ctx)
		return len(sockets) == 0, err
	})
}

func TestARigThatIsClosed(t *testing.T) {
	rig := openRig(t)
	client, server := connect(t, rig.Session(), "127.0.0.1:0")
	read := make(chan error)
	go func() {
		_, err := client.Read(make([]byte, 1))
		read <- err
	}()
	untilPending(t, rig.Session(), 1)
	if err := rig.Close(); err != nil {
		t.Error(err)
	}
	var lost *winsockd.LostError
	if err := <-read; !errors.As(err, &lost) || !errors.Is(err, net.ErrClosed) {
		t.Errorf("a Read that waited: %v", err)
	}
	if _, err := server.Write([]byte("x")); !errors.As(err, &lost) {
		t.Errorf("a Write: %v", err)
	}
	_, err := server.Write(make([]byte, 100_000))
	if !errors.As(err, &lost) || !errors.Is(err, net.ErrClosed) || errors.Is(err, context.Canceled) {
		t.Errorf("a large Write: %v", err)
	}
	if _, err := rig.DialContext(limited(t), "tcp", "127.0.0.1:9"); !errors.As(err, &lost) {
		t.Errorf("Dial: %v", err)
	}
	if err := server.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := rig.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the second Close: %v", err)
	}
}

func TestASessionThatEnds(t *testing.T) {
	rig := openRig(t)
	session, err := rig.BeginSession(limited(t), winsockd.SessionOptions{Version: "1.1"})
	if err != nil || session.Version() != "1.1" {
		t.Fatal(session, err)
	}
	listener, err := session.Listen(limited(t), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := session.End(limited(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := listener.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
	if err := listener.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	var refused *winsockd.RefusedError
	if _, err := session.Info(limited(t)); !errors.As(err, &refused) || refused.Name != "session-ended" {
		t.Errorf("Info: %v", err)
	}
}

// The daemon answers without the id of the call, since it has not read that.
func TestACallThatTheDaemonCannotRead(t *testing.T) {
	client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
	read := make(chan error)
	go func() {
		_, err := server.Read(make([]byte, 5))
		read <- err
	}()
	untilPending(t, client.Session(), 1)
	buffers := make([]winsockd.Params, 40_000)
	for place := range buffers {
		buffers[place] = winsockd.Params{"text": ""}
	}
	var refused *winsockd.RefusedError
	err := client.Call(limited(t), "send", winsockd.Params{"buffers": buffers}, nil)
	if !errors.As(err, &refused) || refused.Name != "malformed-json" {
		t.Errorf("Call: %v", err)
	}
	if _, err := client.Write([]byte("still")); err != nil {
		t.Errorf("Write: %v", err)
	}
	if err := <-read; err != nil {
		t.Errorf("a Read that waited meanwhile: %v", err)
	}
}

// An interface with a nil pointer in it would not be nil.
func TestADialThatFailsHasNoConnection(t *testing.T) {
	rig := openRig(t)
	for _, network := range []string{"tcp", "udp", "sctp"} {
		if conn, err := rig.DialContext(limited(t), network, "127.0.0.1:no-such-service"); conn != nil || err == nil {
			t.Errorf("%s: %v, %v", network, conn, err)
		}
	}
}

func TestACallWithAContextThatHasEnded(t *testing.T) {
	session := openRig(t).Session()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 10 {
		if _, err := session.ListenPacket(ctx, "udp", "127.0.0.1:0"); !errors.Is(err, context.Canceled) {
			t.Errorf("ListenPacket: %v", err)
		}
	}
	entries, err := session.Journal(limited(t))
	if err != nil || slices.ContainsFunc(entries, func(e winsockd.JournalEntry) bool { return e.Operation == "socket" }) {
		t.Errorf("the daemon was asked: %v, %v", entries, err)
	}
}
