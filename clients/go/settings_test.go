package winsockd_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"winsockd"
)

// clean takes the settings of the environment away.
func clean(t *testing.T) {
	for _, name := range []string{"WINSOCKD_URL", "WINSOCKD_TOKEN", "WINSOCKD_CAFILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("XDG_STATE_HOME", t.TempDir())
}

const secret = "a-secret-of-this-test"

func TestSettingsThatAreRefused(t *testing.T) {
	clean(t)
	for name, options := range map[string]winsockd.Options{
		"no TLS to another machine": {URL: "http://192.0.2.1:80", Token: secret},
		"user information":          {URL: "http://user:" + secret + "@127.0.0.1:1", Token: secret},
		"no scheme":                 {URL: "127.0.0.1:1", Token: secret},
		"another scheme":            {URL: "ftp://127.0.0.1:1", Token: secret},
		"a path":                    {URL: "http://127.0.0.1:1/v1", Token: secret},
		"a query":                   {URL: "http://127.0.0.1:1?x", Token: secret},
		"port 0":                    {URL: "http://127.0.0.1:0", Token: secret},
		"a token of two lines":      {URL: "http://127.0.0.1:1", Token: secret + "\r\nX-Field: 1"},
		"no token":                  {URL: "http://127.0.0.1:1"},
		"no such certificates":      {URL: "http://127.0.0.1:1", Token: secret, CAFile: "/no/such/file"},
	} {
		rig, err := winsockd.Open(limited(t), options)
		if rig != nil || err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), "refused") {
			t.Errorf("%s: it has tried to connect: %v", name, err)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	clean(t)
	_, err := winsockd.Open(limited(t), winsockd.Options{URL: "http://127.0.0.1:1", Token: secret})
	if err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("Open: %v", err)
	}
}

func TestAWrongToken(t *testing.T) {
	url := os.Getenv("WINSOCKD_URL")
	if url == "" {
		t.Skip("WINSOCKD_URL names no daemon")
	}
	_, err := winsockd.Open(limited(t), winsockd.Options{URL: url, Token: secret})
	var refused *winsockd.RefusedError
	if !errors.As(err, &refused) || refused.Name != "unauthorized" || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Open: %v", err)
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("the error has the token: %v", err)
	}
}

func TestTheTokenFileOfThisMachine(t *testing.T) {
	url, token := os.Getenv("WINSOCKD_URL"), os.Getenv("WINSOCKD_TOKEN")
	if url == "" {
		t.Skip("WINSOCKD_URL names no daemon")
	}
	clean(t)
	path := filepath.Join(os.Getenv("XDG_STATE_HOME"), "winsockd", "token")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rig, err := winsockd.Open(limited(t), winsockd.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	if err := rig.Close(); err != nil {
		t.Error(err)
	}
}
