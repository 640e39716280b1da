package winsockd_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"winsockd"
)

// sendAll sends bytes and the end of the stream, while a test receives.
func sendAll(t *testing.T, conn interface {
	net.Conn
	CloseWrite() error
}, data []byte) {
	sent := make(chan error, 1)
	go func() {
		_, err := conn.Write(data)
		sent <- errors.Join(err, conn.CloseWrite())
	}()
	t.Cleanup(func() {
		if err := <-sent; err != nil {
			t.Errorf("Write: %v", err)
		}
	})
}

// io.Copy that deadlines end again and again: what it had received is for the next one.
func TestNoByteOfACopyIsLostToDeadlines(t *testing.T) {
	client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
	sent := random(6 << 20)
	sendAll(t, client, sent)
	var received bytes.Buffer
	for passed := 0; ; passed++ {
		_ = server.SetReadDeadline(time.Now().Add(time.Duration(10+passed%7) * time.Millisecond))
		before := received.Len()
		n, err := io.Copy(&received, server)
		if int(n) != received.Len()-before {
			t.Fatalf("it tells of %d bytes and has written %d", n, received.Len()-before)
		}
		if err == nil {
			if passed == 0 || !bytes.Equal(received.Bytes(), sent) {
				t.Errorf("%d of %d bytes, %d deadlines", received.Len(), len(sent), passed)
			}
			return
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
	}
}

// full takes so many bytes.
type full struct {
	taken []byte
	room  int
}

var errFull = errors.New("full")

func (f *full) Write(p []byte) (int, error) {
	n := min(len(p), f.room-len(f.taken))
	f.taken = append(f.taken, p[:n]...)
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func TestAWriterThatFailsLosesNoByteOfACopy(t *testing.T) {
	client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
	sent := random(8 << 20)
	sendAll(t, client, sent)
	writer := &full{room: 5_000_001}
	if n, err := io.Copy(writer, server); n != 5_000_001 || err != errFull {
		t.Fatalf("%d bytes, %v", n, err)
	}
	rest := bytes.NewBuffer(writer.taken)
	if _, err := io.Copy(rest, server); err != nil || !bytes.Equal(rest.Bytes(), sent) {
		t.Errorf("%d of %d bytes, %v", rest.Len(), len(sent), err)
	}
}

func TestCloseEndsACopy(t *testing.T) {
	client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
	copied := make(chan error, 1)
	begun := make(chan struct{})
	go func() {
		_, err := io.Copy(&signal{begun: begun, after: 300_000}, server)
		copied <- err
	}()
	if _, err := client.Write(make([]byte, 400_000)); err != nil {
		t.Fatal(err)
	}
	<-begun
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := <-copied; !errors.Is(err, net.ErrClosed) {
		t.Errorf("io.Copy: %v", err)
	}
}

// signal says when it has so many bytes.
type signal struct {
	begun chan struct{}
	after int
	taken int
}

func (s *signal) Write(p []byte) (int, error) {
	if s.taken < s.after && s.taken+len(p) >= s.after {
		close(s.begun)
	}
	s.taken += len(p)
	return len(p), nil
}

// A failure that hits one receive would be gone with the request that met it. What is behind it is for the next copy.
func TestAFailureInTheMiddleOfACopy(t *testing.T) {
	client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
	rule := winsockd.FaultRule{Effect: "fail", Operation: "recv", Code: "WSAENETDOWN", Nth: 10}
	if _, err := server.ArmFault(limited(t), rule); err != nil {
		t.Fatal(err)
	}
	sent := random(6 << 20)
	sendAll(t, client, sent)
	var received bytes.Buffer
	n, err := io.Copy(&received, server)
	var failed *winsockd.WinsockError
	if !errors.As(err, &failed) || failed.Name != "WSAENETDOWN" || !errors.Is(err, syscall.ENETDOWN) {
		t.Errorf("io.Copy: %d, %v", n, err)
	}
	if _, err := io.Copy(&received, server); err != nil || !bytes.Equal(received.Bytes(), sent) {
		t.Errorf("%d of %d bytes, %v", received.Len(), len(sent), err)
	}
}
