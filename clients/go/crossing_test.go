package winsockd_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// Deadlines that pass while bytes arrive lose none, whether they come in messages or raw.
func TestNoByteIsLostToDeadlines(t *testing.T) {
	for name, size := range map[string]int{"in messages": 1000, "raw": 256 << 10} {
		t.Run(name, func(t *testing.T) {
			client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
			sent := random(100 * size)
			if size > 64<<10 {
				sent = sent[:8<<20]
			}
			go func() {
				for rest := sent; len(rest) > 0; rest = rest[min(len(rest), size):] {
					if _, err := client.Write(rest[:min(len(rest), size)]); err != nil {
						t.Errorf("Write: %v", err)
					}
				}
				_ = client.CloseWrite()
			}()
			received, passed := readWithDeadlines(t, server, size, len(sent)+1)
			if passed == 0 || !bytes.Equal(received, sent) {
				t.Errorf("%d of %d bytes with %d deadlines", len(received), len(sent), passed)
			}
		})
	}
}

// readWithDeadlines reads to the end, or so many bytes, and returns them, and how many deadlines have passed.
func readWithDeadlines(t *testing.T, conn net.Conn, size, most int) (received []byte, passed int) {
	buffer := make([]byte, size)
	for limit := time.Duration(0); len(received) < most; limit = (limit + 53*time.Microsecond) % (3 * time.Millisecond) {
		_ = conn.SetReadDeadline(time.Now().Add(limit))
		n, err := conn.Read(buffer)
		received = append(received, buffer[:n]...)
		switch {
		case err == io.EOF:
			return received, passed
		case errors.Is(err, os.ErrDeadlineExceeded):
			passed++
		case err != nil:
			t.Errorf("Read: %v", err)
			return received, passed
		}
	}
	return received, passed
}

func TestADeadlineInThePastEndsARead(t *testing.T) {
	client, server := connect(t, openRig(t).Session(), "127.0.0.1:0")
	for range 3 {
		read := make(chan error)
		go func() {
			_, err := client.Read(make([]byte, 1))
			read <- err
		}()
		untilPending(t, client.Session(), 1)
		_ = client.SetReadDeadline(time.Unix(1, 0))
		err := <-read
		var failure net.Error
		if !errors.As(err, &failure) || !failure.Timeout() || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read: %v", err)
		}
		_ = client.SetReadDeadline(time.Time{})
		untilPending(t, client.Session(), 0)
	}
	if _, err := server.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if n, err := client.Read(make([]byte, 10)); n != 1 || err != nil {
		t.Errorf("the next Read: %d, %v", n, err)
	}
}

// Connections that come when the deadline passes are for the next Accept.
func TestNoConnectionIsLostToDeadlines(t *testing.T) {
	rig := openRig(t)
	listener, err := rig.Listen(limited(t), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	const count = 30
	go func() {
		for range count {
			if conn, err := rig.DialContext(context.Background(), "tcp", listener.Addr().String()); err == nil {
				t.Cleanup(func() { _ = conn.Close() })
			}
		}
	}()
	seen := map[string]bool{}
	until(t, func(context.Context) (bool, error) {
		_ = listener.SetDeadline(time.Now().Add(time.Duration(len(seen)*40) * time.Microsecond))
		conn, err := listener.Accept()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			_ = listener.SetDeadline(time.Now().Add(time.Millisecond))
			conn, err = listener.Accept()
		}
		if err == nil {
			seen[conn.RemoteAddr().String()] = true
			return len(seen) == count, conn.Close()
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = nil
		}
		return false, err
	})
}

// Datagrams that come when the deadline passes are for the next ReadFrom.
func TestNoDatagramIsLostToDeadlines(t *testing.T) {
	session := beginLab(t, openRig(t))
	receiver, err := session.ListenPacket(limited(t), "udp", "10.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sender, err := session.ListenPacket(limited(t), "udp", "10.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	const count = 100
	go func() {
		for number := range uint32(count) {
			_, _ = sender.WriteTo(binary.BigEndian.AppendUint32(nil, number), receiver.LocalAddr())
		}
	}()
	buffer := make([]byte, 10)
	next, tries := uint32(0), 0
	until(t, func(context.Context) (bool, error) {
		tries++
		_ = receiver.SetReadDeadline(time.Now().Add(time.Duration(tries%40*50) * time.Microsecond))
		n, from, err := receiver.ReadFrom(buffer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if found := binary.BigEndian.Uint32(buffer[:n]); found != next || from.String() != sender.LocalAddr().String() {
			t.Fatalf("datagram %d of %v in place of %d", found, from, next)
		}
		next++
		return next == count, nil
	})
}
