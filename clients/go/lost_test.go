package winsockd_test

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"

	"winsockd"
)

func TestALostDaemonEndsEveryWait(t *testing.T) {
	daemon := startDaemon(t)
	rig, err := winsockd.Open(limited(t), daemon.options)
	if err != nil {
		t.Fatal(err)
	}
	client, _ := connect(t, rig.Session(), "127.0.0.1:0")
	listener, err := rig.Listen(limited(t), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	few, many := connect(t, rig.Session(), "127.0.0.1:0")
	ended := make(chan error)
	for _, wait := range []func() error{
		func() error { _, err := client.Read(make([]byte, 1)); return err },
		func() error { _, err := listener.Accept(); return err },
		func() error { _, err := client.Write(make([]byte, 32<<20)); return err },
		func() error { _, err := io.ReadFull(many, make([]byte, 300_000)); return err },
	} {
		go func() { ended <- wait() }()
	}
	if _, err := few.Write(make([]byte, 200_000)); err != nil {
		t.Fatal(err)
	}
	untilPending(t, rig.Session(), 4)
	if err := daemon.process.Kill(); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		var lost *winsockd.LostError
		err := <-ended
		if !errors.As(err, &lost) || errors.Is(err, net.ErrClosed) || !errors.Is(err, syscall.ECONNABORTED) {
			t.Errorf("a call that waited: %v", err)
		}
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNABORTED) {
		t.Errorf("the next Read: %v", err)
	}
	if err := client.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := rig.Close(); err != nil {
		t.Errorf("Close of the rig: %v", err)
	}
}

// What is large goes over connections of their own, which trust the same certificate.
func TestADaemonWithACertificateOfItsOwn(t *testing.T) {
	file, _ := certificate(t)
	daemon := startDaemon(t, "WINSOCKD_TLS_CERT_FILE="+file, "WINSOCKD_TLS_KEY_FILE="+file)
	if _, err := winsockd.Open(limited(t), daemon.options); err == nil {
		t.Fatal("a certificate that nobody has signed was trusted")
	}
	daemon.options.CAFile = file
	rig, err := winsockd.Open(limited(t), daemon.options)
	if err != nil {
		t.Fatal(err)
	}
	defer rig.Close()
	client, server := connect(t, rig.Session(), "[::1]:0")
	sent := random(1 << 20)
	go func() { _, _ = client.Write(sent) }()
	received, passed := readWithDeadlines(t, server, 256<<10, len(sent))
	if passed == 0 || string(received) != string(sent) {
		t.Errorf("%d of %d bytes, %d deadlines", len(received), len(sent), passed)
	}
}
