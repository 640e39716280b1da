package winsockd_test

import (
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"winsockd"
)

// gate is on the way to a daemon of a test's own, and can hold up what that says.
type gate struct {
	net.Listener
	daemon  *url.URL
	options winsockd.Options // those of the daemon itself
	shut    sync.Mutex
}

func newGate(t *testing.T) *gate {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	daemon := startDaemon(t, "WINSOCKD_ALLOWED_HOSTS="+listener.Addr().String())
	g := &gate{Listener: listener, options: daemon.options}
	if g.daemon, err = url.Parse(daemon.options.URL); err != nil {
		t.Fatal(err)
	}
	go g.serve()
	return g
}

// open connects to the daemon through the gate.
func (g *gate) open(t *testing.T) *winsockd.Rig {
	t.Helper()
	options := g.options
	options.URL = "http://" + g.Addr().String()
	return openAt(t, options)
}

func (g *gate) serve() {
	for {
		client, err := g.Accept()
		if err != nil {
			return
		}
		daemon, err := net.Dial("tcp", g.daemon.Host)
		if err != nil {
			_ = client.Close()
			return
		}
		go forward(daemon, client, daemon)
		go forward(client, daemon, gated{client, &g.shut})
	}
}

func forward(to, from net.Conn, writer io.Writer) {
	_, _ = io.Copy(writer, from)
	_ = to.(*net.TCPConn).CloseWrite()
}

// gated writes while the gate is open.
type gated struct {
	io.Writer
	shut *sync.Mutex
}

func (g gated) Write(p []byte) (int, error) {
	g.shut.Lock()
	defer g.shut.Unlock()
	return g.Writer.Write(p)
}

// cross lets the answer to take cross the cancel of its deadline, and takes again.
func (g *gate) cross(t *testing.T, session *winsockd.Session, move func(time.Time) error, give, take func() error) {
	t.Helper()
	direct := openAt(t, g.options)
	taken := make(chan error, 1)
	go func() { taken <- take() }()
	untilPendingFor(t, direct, session, 1)
	g.shut.Lock()
	if err := give(); err != nil {
		t.Error(err)
	}
	untilPendingFor(t, direct, session, 0)
	_ = move(time.Unix(1, 0))
	if err := <-taken; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("what crosses: %v", err)
	}
	g.shut.Unlock()
	_ = move(time.Now().Add(5 * time.Second))
	if err := take(); err != nil {
		t.Errorf("what has crossed is lost: %v", err)
	}
}

// What crosses the deadline of a call is for the next one.
func TestThroughAGate(t *testing.T) {
	gate := newGate(t)
	t.Run("bytes cross a deadline", func(t *testing.T) {
		rig := gate.open(t)
		client, server := connectLocal(t, rig)
		give := func() error { _, err := server.Write([]byte("x")); return err }
		gate.cross(t, rig.Session(), client.SetReadDeadline, give, func() error {
			_, err := client.Read(make([]byte, 10))
			return err
		})
	})
	t.Run("raw bytes cross a deadline", func(t *testing.T) {
		rig := gate.open(t)
		client, server := connectLocal(t, rig)
		much := make([]byte, 1<<20)
		go func() { _, _ = server.Write(much) }()
		if _, err := io.ReadFull(client, make([]byte, len(much))); err != nil { // the next Read is one of raw bytes
			t.Fatal(err)
		}
		give := func() error { _, err := server.Write([]byte("x")); return err }
		gate.cross(t, rig.Session(), client.SetReadDeadline, give, func() error {
			_, err := client.Read(much)
			return err
		})
	})
	t.Run("a connection crosses a deadline", func(t *testing.T) {
		rig := gate.open(t)
		listener, err := rig.Listen(limited(t), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		give := func() error {
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err == nil {
				t.Cleanup(func() { _ = conn.Close() })
			}
			return err
		}
		gate.cross(t, rig.Session(), listener.SetDeadline, give, func() error {
			_, err := listener.Accept()
			return err
		})
	})
	t.Run("a datagram crosses a deadline", func(t *testing.T) {
		rig := gate.open(t)
		receiver, err := rig.ListenPacket(limited(t), "udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		sender, err := net.Dial("udp", receiver.LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer sender.Close()
		give := func() error { _, err := sender.Write([]byte("x")); return err }
		gate.cross(t, rig.Session(), receiver.SetReadDeadline, give, func() error {
			_, _, err := receiver.ReadFrom(make([]byte, 10))
			return err
		})
	})
	// A request of raw bytes that cannot begin has lost nothing, and the rig goes on.
	t.Run("no connection for raw bytes", func(t *testing.T) {
		client, server := connectLocal(t, gate.open(t))
		if err := gate.Close(); err != nil {
			t.Fatal(err)
		}
		n, err := client.Write(make([]byte, 1<<20))
		var lost *winsockd.LostError
		if n != 0 || !errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &lost) {
			t.Errorf("a large Write: %d, %v", n, err)
		}
		if _, err := client.Write([]byte("small")); err != nil {
			t.Errorf("a small Write: %v", err)
		}
		small := make([]byte, 5)
		if _, err := io.ReadFull(server, small); err != nil || string(small) != "small" {
			t.Errorf("the peer reads %q, %v", small, err)
		}
	})
}

// connectLocal connects a socket of the rig to one of this machine.
func connectLocal(t *testing.T, rig *winsockd.Rig) (*winsockd.Conn, net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := rig.DialStream(limited(t), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	peer, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = conn.Close(), peer.Close() })
	return conn, peer
}
