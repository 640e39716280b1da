package winsockd_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"winsockd"
)

const soon = 200 * time.Millisecond

// inTime fails the test if a call takes much longer than it may.
func inTime(t *testing.T, call func() error) error {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- call() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(15 * time.Second):
		t.Fatal("it does not end")
		return nil
	}
}

func TestADaemonThatIsStopped(t *testing.T) {
	daemon := startDaemon(t)
	openConn := func(ping, cancel time.Duration) *winsockd.Conn {
		rig, err := winsockd.OpenImpatient(limited(t), daemon.options, ping, cancel)
		if err != nil {
			t.Fatal(err)
		}
		client, _ := connectLocal(t, rig)
		return client
	}
	full, message, raw := openConn(time.Minute, time.Minute), openConn(time.Minute, soon), openConn(time.Minute, soon)
	pinging := openConn(soon, time.Minute)
	if err := daemon.process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = daemon.process.Kill() }) // before anything waits for it

	// More messages wait than the connection takes.
	t.Run("deadlines hold", func(t *testing.T) {
		for number := range 90 {
			length := 10
			if number < 16 { // as much as the buffers of a connection take
				length = 1 << 20
			}
			params := winsockd.Params{"data": winsockd.Params{"text": strings.Repeat("x", length)}}
			go func() { _ = full.Call(context.Background(), "send", params, nil) }()
		}
		for range 3 {
			_ = full.SetReadDeadline(time.Now().Add(soon))
			err := inTime(t, func() error { _, err := full.Read(make([]byte, 1)); return err })
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("Read: %v", err)
			}
		}
	})
	t.Run("too much that waits is refused", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		params := winsockd.Params{"data": winsockd.Params{"text": strings.Repeat("x", 8<<20)}}
		refused := make(chan string, 20)
		for range cap(refused) {
			go func() {
				var failed *winsockd.RefusedError
				if errors.As(full.Call(ctx, "send", params, nil), &failed) {
					refused <- failed.Name
				}
			}()
		}
		_ = inTime(t, func() error {
			if name := <-refused; name != "quota" {
				t.Errorf("refused: %s", name)
			}
			return nil
		})
	})
	// How many bytes were sent is what only the daemon knows: the rig is given up for that.
	for name, conn := range map[string]*winsockd.Conn{"Write gives up": message, "Write of much gives up": raw} {
		t.Run(name, func(t *testing.T) {
			length := 100
			if conn == raw {
				length = 1 << 20
			}
			_ = conn.SetWriteDeadline(time.Now().Add(soon))
			err := inTime(t, func() error { _, err := conn.Write(make([]byte, length)); return err })
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("Write: %v", err)
			}
		})
	}
	t.Run("no answer to a ping", func(t *testing.T) {
		err := inTime(t, func() error { _, err := pinging.Read(make([]byte, 1)); return err })
		var lost *winsockd.LostError
		if !errors.As(err, &lost) || !strings.Contains(err.Error(), "ping") {
			t.Errorf("Read: %v", err)
		}
	})
}
