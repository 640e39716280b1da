package winsockd_test

import (
	"context"
	"net"
	"testing"

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
