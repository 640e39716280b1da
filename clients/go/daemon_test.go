package winsockd_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"winsockd"
)

// daemon is one of a test's own.
type daemon struct {
	process *os.Process
	options winsockd.Options
}

var listening = regexp.MustCompile(`listening on (https?://[^\s"]+)`)

// startDaemon starts one by the command in WINSOCKD_COMMAND, with further variables for its configuration.
func startDaemon(t *testing.T, variables ...string) *daemon {
	t.Helper()
	command := strings.Fields(os.Getenv("WINSOCKD_COMMAND"))
	if len(command) == 0 {
		t.Skip("WINSOCKD_COMMAND has no command of a daemon")
	}
	program := exec.Command(command[0], command[1:]...)
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "WINSOCKD_") {
			program.Env = append(program.Env, variable)
		}
	}
	program.Env = append(program.Env, "WINSOCKD_PORT=0", "WINSOCKD_TOKEN="+secret)
	program.Env = append(program.Env, variables...)
	output, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = program.Process.Kill()
		_ = program.Wait()
	})
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, output) }()
			return &daemon{process: program.Process, options: winsockd.Options{URL: found[1], Token: secret}}
		}
	}
	t.Fatal("the daemon does not listen")
	return nil
}
