package winsockd_test

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

func TestDatagrams(t *testing.T) {
	rig := openRig(t)
	server, err := rig.ListenPacket(limited(t), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	// The client is a socket of this machine.
	client, err := net.Dial("udp", server.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Write([]byte("question")); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 5)
	n, from, err := server.ReadFrom(buffer)
	if err != nil || string(buffer[:n]) != "quest" || from.String() != client.LocalAddr().String() {
		t.Fatalf("%q of %v, %v", buffer[:n], from, err)
	}
	if _, err := server.WriteTo([]byte("answer"), from); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 100)
	_ = client.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := client.Read(answer); err != nil || string(answer[:n]) != "answer" {
		t.Errorf("%q, %v", answer[:n], err)
	}
}

func TestConnectedDatagrams(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	client, err := openRig(t).DialContext(limited(t), "udp4", server.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	if client.RemoteAddr().String() != server.LocalAddr().String() {
		t.Errorf("it is connected to %v", client.RemoteAddr())
	}
	if n, err := client.Write([]byte("question")); n != 8 || err != nil {
		t.Fatal(n, err)
	}
	buffer := make([]byte, 100)
	_ = server.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, from, err := server.ReadFrom(buffer)
	if err != nil || string(buffer[:n]) != "question" {
		t.Fatalf("%q, %v", buffer[:n], err)
	}
	if _, err := server.WriteTo([]byte("answer"), from); err != nil {
		t.Fatal(err)
	}
	if n, err := client.Read(buffer); err != nil || string(buffer[:n]) != "answer" {
		t.Errorf("%q, %v", buffer[:n], err)
	}
	_ = client.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := client.Read(buffer); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Read: %v", err)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	if _, err := client.Write(buffer); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Write: %v", err)
	}
}

func TestADatagramThatIsTooLong(t *testing.T) {
	sender, err := openRig(t).ListenPacket(limited(t), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	for _, length := range []int{70_000, 20 << 20} {
		if _, err := sender.WriteTo(make([]byte, length), sender.LocalAddr()); !errors.Is(err, syscall.EMSGSIZE) {
			t.Errorf("WriteTo of %d bytes: %v", length, err)
		}
	}
}

func TestAnEmptyDatagram(t *testing.T) {
	conn, err := openRig(t).ListenPacket(limited(t), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for _, empty := range [][]byte{nil, {}} {
		if n, err := conn.WriteTo(empty, conn.LocalAddr()); n != 0 || err != nil {
			t.Errorf("WriteTo: %d, %v", n, err)
		}
		if n, from, err := conn.ReadFrom(make([]byte, 9)); n != 0 || err != nil || from == nil {
			t.Errorf("ReadFrom: %d, %v, %v", n, from, err)
		}
	}
}
