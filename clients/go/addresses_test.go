package winsockd_test

import (
	"net"
	"path/filepath"
	"testing"

	"winsockd"
)

// The policy of this daemon allows addresses that the usual one denies.
func TestMoreAddresses(t *testing.T) {
	folder := t.TempDir() + "/"
	daemon := startDaemon(t,
		"WINSOCKD_POLICY_BIND_ALLOW=0.0.0.0/32;::/128;127.0.0.0/8;::1/128",
		"WINSOCKD_POLICY_BIND_UNIX_PATHS="+folder,
		"WINSOCKD_POLICY_CONNECT_UNIX_PATHS="+folder)
	rig := openAt(t, daemon.options)
	for _, one := range []struct{ network, address, host, local string }{
		{"tcp", ":0", "0.0.0.0", "127.0.0.1"},
		{"tcp4", ":0", "0.0.0.0", "127.0.0.1"},
		{"tcp6", ":0", "::", "::1"},
		{"tcp", "localhost:0", "127.0.0.1", "127.0.0.1"},
	} {
		t.Run(one.network+" "+one.address, func(t *testing.T) {
			listener, err := rig.Listen(limited(t), one.network, one.address)
			if err != nil {
				t.Fatal(err)
			}
			host, port, err := net.SplitHostPort(listener.Addr().String())
			if err != nil || host != one.host {
				t.Errorf("it listens at %v, %v", listener.Addr(), err)
			}
			// An empty host is this machine.
			checkConnection(t, rig, listener, one.network, net.JoinHostPort("", port), net.JoinHostPort(one.local, port))
		})
	}
	t.Run("unix", func(t *testing.T) {
		path := filepath.Join(folder, "socket")
		listener, err := rig.Listen(limited(t), "unix", path)
		if err != nil {
			t.Fatal(err)
		}
		if address, ok := listener.Addr().(*net.UnixAddr); !ok || address.Name != path || address.Net != "unix" {
			t.Errorf("it listens at %#v", listener.Addr())
		}
		checkConnection(t, rig, listener, "unix", path, path)
	})
}

// checkConnection connects, and expects the address at the other end.
func checkConnection(t *testing.T, rig *winsockd.Rig, listener *winsockd.Listener, network, address, expected string) {
	t.Helper()
	defer listener.Close()
	client, err := rig.DialContext(limited(t), network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if server.LocalAddr().String() != expected || client.RemoteAddr().String() != expected {
		t.Errorf("%v is connected to %v", client.RemoteAddr(), server.LocalAddr())
	}
	if _, err := server.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if n, err := client.Read(make([]byte, 9)); n != 1 || err != nil {
		t.Errorf("Read: %d, %v", n, err)
	}
}
