package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"stockbridge/sync/ipc"
)

// child is a real stockbridge process.
type child struct {
	t   *testing.T
	cmd *exec.Cmd

	mu   sync.Mutex
	said bytes.Buffer // standard output and error together
}

// start runs `stockbridge run` on the world's data folder and waits until it answers.
func (w *world) start() *child {
	w.t.Helper()
	c := &child{t: w.t, cmd: exec.CommandContext(w.t.Context(), os.Args[0], "--data-dir", w.dir, "run")}
	c.cmd.Env = []string{childEnv + "=1", "CREDENTIALS_DIRECTORY=" + w.creds, "HOME=" + w.dir, "PATH=" + os.Getenv("PATH")}
	out, in, err := os.Pipe()
	w.must(err)
	c.cmd.Stdout, c.cmd.Stderr = in, in
	w.must(c.cmd.Start())
	w.must(in.Close())
	w.t.Cleanup(func() { _ = c.cmd.Process.Kill(); _ = out.Close() })
	serves := make(chan bool, 1)
	go c.listen(out, serves)
	if !<-serves {
		w.t.Fatalf("the service ended: %s", c.output())
	}
	return c
}

// listen keeps what the process says, and tells when it serves or ended before it could.
func (c *child) listen(out io.Reader, serves chan<- bool) {
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		c.mu.Lock()
		c.said.WriteString(line)
		c.mu.Unlock()
		if err != nil || strings.Contains(line, "Service runs") {
			select {
			case serves <- err == nil:
			default:
			}
		}
		if err != nil {
			return
		}
	}
}

func (c *child) output() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.said.String()
}

// stop sends a signal and returns the exit code, -1 for a process that was killed.
func (c *child) stop(s os.Signal) int {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
	_ = c.cmd.Wait() // the code says it
	return c.cmd.ProcessState.ExitCode()
}

// settled waits until every flow of the connection ran well once and nothing runs.
func (w *world) settled() {
	w.t.Helper()
	client := ipc.NewClient(w.dir)
	defer client.Close()
	done := io.EOF
	err := client.Watch(w.t.Context(), func(st ipc.Status) error {
		if len(st.Connections) != 1 || st.Connections[0].Running != nil {
			return nil
		}
		for _, f := range st.Connections[0].Flows {
			if f.LastOK.IsZero() {
				return nil
			}
		}
		return done
	})
	if err != done {
		w.t.Fatal(err)
	}
}

// listeners are the inodes of the TCP sockets a process listens on (proc(5), net/tcp: state 0A).
func listeners(t *testing.T, pid int) []string {
	t.Helper()
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	own := map[string]bool{}
	fds, err := os.ReadDir(filepath.Join(proc, "fd"))
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if to, err := os.Readlink(filepath.Join(proc, "fd", fd.Name())); err == nil {
			own[to] = true
		}
	}
	var found []string
	for _, table := range []string{"net/tcp", "net/tcp6"} {
		text, err := os.ReadFile(filepath.Join(proc, table))
		if os.IsNotExist(err) {
			continue // a kernel without IPv6
		}
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 9 && f[3] == "0A" && own["socket:["+f[9]+"]"] {
				found = append(found, table+" "+f[1])
			}
		}
	}
	return found
}
