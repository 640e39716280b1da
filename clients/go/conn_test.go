package winsockd_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	"winsockd"
)

// testConn runs the tests that Go has for implementations of net.Conn.
func testConn(t *testing.T, session *winsockd.Session, address string) {
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		client, server, stop, err := pipe(context.Background(), session, address)
		return client, server, stop, err
	})
}

func TestConnOfTCP(t *testing.T) {
	testConn(t, openRig(t).Session(), "127.0.0.1:0")
}

func TestConnOfTheLab(t *testing.T) {
	testConn(t, beginLab(t, openRig(t)), "10.0.0.1:0")
}

func TestHalfClose(t *testing.T) {
	client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the peer of a half-closed connection reads %v", err)
	}
	if _, err := server.Write([]byte("reply")); err != nil {
		t.Fatal(err)
	}
	reply := make([]byte, 5)
	if _, err := io.ReadFull(client, reply); err != nil || string(reply) != "reply" {
		t.Errorf("the reply is %q, %v", reply, err)
	}
	var failed *winsockd.WinsockError
	if _, err := client.Write([]byte("more")); !errors.As(err, &failed) || failed.Name != "WSAESHUTDOWN" {
		t.Errorf("a Write after CloseWrite: %v", err)
	}
}

func TestDisconnect(t *testing.T) {
	client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
	if err := client.SendDisconnect(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("after SendDisconnect the peer reads %v", err)
	}
	if data, err := server.RecvDisconnect(); err != nil || data != nil {
		t.Errorf("RecvDisconnect: %q, %v", data, err)
	}
}

func TestAddresses(t *testing.T) {
	client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
	if client.LocalAddr().String() != server.RemoteAddr().String() {
		t.Errorf("%v is not %v", client.LocalAddr(), server.RemoteAddr())
	}
	if _, ok := server.LocalAddr().(*net.TCPAddr); !ok || server.LocalAddr().String() != client.RemoteAddr().String() {
		t.Errorf("%v is not %v", server.LocalAddr(), client.RemoteAddr())
	}
}

func TestCloseEndsCalls(t *testing.T) {
	client, _ := connect(t, openRig(t).Session(), "127.0.0.1:0")
	read := make(chan error)
	go func() {
		_, err := client.Read(make([]byte, 1))
		read <- err
	}()
	untilPending(t, client.Session(), 1)
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	if err := <-read; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read: %v", err)
	}
	if err := client.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the second Close: %v", err)
	}
}

// The daemon of these tests lets no call wait for more than a second.
func TestWaitsLongerThanTheDaemonLetsACallWait(t *testing.T) {
	client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
	began := time.Now()
	time.AfterFunc(1300*time.Millisecond, func() { _, _ = server.Write([]byte("late")) })
	if n, err := client.Read(make([]byte, 10)); n != 4 || err != nil || time.Since(began) < 1200*time.Millisecond {
		t.Errorf("Read: %d, %v after %v", n, err, time.Since(began))
	}
}

// random returns bytes that are the same in every run.
func random(length int) []byte {
	made := make([]byte, length)
	_, _ = rand.NewChaCha8([32]byte{}).Read(made)
	return made
}

func TestCopyMuch(t *testing.T) {
	client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
	much := random(12 << 20)
	sent := make(chan error, 1)
	go func() {
		n, err := io.Copy(client, bytes.NewReader(much))
		if err == nil && n != int64(len(much)) {
			err = io.ErrShortWrite
		}
		_ = client.CloseWrite()
		sent <- err
	}()
	var received bytes.Buffer
	if _, err := io.Copy(&received, server); err != nil {
		t.Error(err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if !bytes.Equal(received.Bytes(), much) {
		t.Errorf("%d of %d bytes are not those that were sent", received.Len(), len(much))
	}
}

// A peer that takes nothing holds up a large Write. What its deadline ends has told exactly how many bytes were sent,
// and a Read that waits meanwhile goes on.
func TestWriteOfMuchTellsWhatWasSent(t *testing.T) {
	client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
	read := make(chan error, 1)
	go func() {
		_, err := io.ReadFull(client, make([]byte, 2))
		read <- err
	}()
	much := random(24 << 20)
	if err := client.SetWriteDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	total, err := client.Write(much)
	if !errors.Is(err, os.ErrDeadlineExceeded) || total == 0 || total == len(much) {
		t.Fatalf("Write: %d, %v", total, err)
	}
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	var received bytes.Buffer
	if _, err := io.Copy(&received, server); err != nil || !bytes.Equal(received.Bytes(), much[:total]) {
		t.Errorf("%d bytes have arrived of %d, %v", received.Len(), total, err)
	}
	if _, err := server.Write([]byte("ok")); err != nil {
		t.Error(err)
	}
	if err := <-read; err != nil {
		t.Errorf("the Read beside it: %v", err)
	}
}

func TestCloseRead(t *testing.T) {
	client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
	if err := client.CloseRead(); err != nil {
		t.Fatal(err)
	}
	var failed *winsockd.WinsockError
	if _, err := client.Read(make([]byte, 1)); !errors.As(err, &failed) || failed.Name != "WSAESHUTDOWN" {
		t.Errorf("Read: %v", err)
	}
	if _, err := client.Write([]byte("x")); err != nil {
		t.Errorf("Write: %v", err)
	}
	if n, err := server.Read(make([]byte, 9)); n != 1 || err != nil {
		t.Errorf("the peer reads %d bytes, %v", n, err)
	}
}

func TestAfterClose(t *testing.T) {
	client, _ := connect(t, openRig(t).Session(), "127.0.0.1:0")
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func() error{
		"SetDeadline":      func() error { return client.SetDeadline(time.Now()) },
		"SetReadDeadline":  func() error { return client.SetReadDeadline(time.Time{}) },
		"SetWriteDeadline": func() error { return client.SetWriteDeadline(time.Time{}) },
		"Read":             func() error { _, err := client.Read(nil); return err },
		"Write":            func() error { _, err := client.Write(nil); return err },
		"CloseWrite":       client.CloseWrite,
		"SetNoDelay":       func() error { return client.SetNoDelay(true) },
		"SendDisconnect":   func() error { return client.SendDisconnect(nil) },
	} {
		if err := call(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// So that a proxy of many connections that are quiet needs no large buffer for each.
func TestACopyOfLittleTakesLittleMemory(t *testing.T) {
	client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
	if _, err := client.ReadFrom(strings.NewReader("little")); err != nil {
		t.Fatal(err)
	}
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if n, err := server.WriteTo(io.Discard); n != 6 || err != nil {
		t.Errorf("WriteTo: %d, %v", n, err)
	}
	if _, err := server.ReadFrom(strings.NewReader("little")); err != nil {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 512<<10 {
		t.Errorf("%d bytes of memory for 12 bytes", took)
	}
}
