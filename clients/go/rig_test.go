package winsockd_test

import (
	"context"
	"os"
	"testing"
	"time"

	"winsockd"
)

// openRig connects to the daemon of the environment, for one test.
func openRig(t *testing.T) *winsockd.Rig {
	t.Helper()
	if os.Getenv("WINSOCKD_URL") == "" {
		t.Skip("WINSOCKD_URL names no daemon")
	}
	return openAt(t, winsockd.Options{})
}

func openAt(t *testing.T, options winsockd.Options) *winsockd.Rig {
	t.Helper()
	rig, err := winsockd.Open(limited(t), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rig.Close() })
	return rig
}

// limited is the limit of one test.
func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// beginLab begins a session on the network in memory.
func beginLab(t *testing.T, rig *winsockd.Rig) *winsockd.Session {
	t.Helper()
	session, err := rig.BeginSession(limited(t), winsockd.SessionOptions{Provider: "lab"})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// connect returns both ends of a connection.
func connect(t *testing.T, session *winsockd.Session, address string) (client, server *winsockd.Conn) {
	t.Helper()
	client, server, stop, err := pipe(limited(t), session, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return client, server
}

func pipe(ctx context.Context, session *winsockd.Session, address string) (client, server *winsockd.Conn, stop func(), err error) {
	listener, err := session.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, nil, nil, err
	}
	defer listener.Close()
	if client, err = session.DialStream(ctx, "tcp", listener.Addr().String()); err != nil {
		return nil, nil, nil, err
	}
	if server, err = listener.AcceptStream(); err != nil {
		_ = client.Close()
		return nil, nil, nil, err
	}
	return client, server, func() { _, _ = client.Close(), server.Close() }, nil
}

// untilPending waits until so many calls of a session wait at the daemon.
func untilPending(t *testing.T, session *winsockd.Session, count int) {
	t.Helper()
	untilPendingFor(t, session.Rig(), session, count)
}

// untilPendingFor is untilPending that asks by another rig.
func untilPendingFor(t *testing.T, rig *winsockd.Rig, session *winsockd.Session, count int) {
	t.Helper()
	until(t, func(ctx context.Context) (bool, error) {
		var info winsockd.SessionInfo
		err := rig.Call(ctx, "getSession", winsockd.Params{"sessionId": session}, &info)
		return info.PendingCalls == count, err
	})
}

// until asks again and again: no answer tells when it holds.
func until(t *testing.T, holds func(context.Context) (bool, error)) {
	t.Helper()
	ctx := limited(t)
	for {
		is, err := holds(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if is {
			return
		}
		if err := ctx.Err(); err != nil {
			t.Fatal("what is waited for does not come: ", err)
		}
	}
}
