package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// hurry is how much faster than a merchant's service the chaos repeats a failed call: thousands of failures must fit
// into minutes, and a simulator needs no rest.
const hurry = 50

// child is the service as a process of its own.
type child struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	said  tail
	ended chan struct{} // closed after cmd.Wait
}

// start starts the service on the demo's data folder and hands it the secrets.
func (d *demo) start(executable string) (*child, error) {
	c := &child{cmd: exec.Command(executable, "--data-dir", d.dir, "run", "--secrets-from-stdin"), ended: make(chan struct{})}
	c.cmd.Stderr = &c.said
	c.cmd.SysProcAttr = dieWithParent()
	var err error
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	h := Handover{Hurry: hurry}
	for n, v := range d.world.secrets {
		h.Secrets = append(h.Secrets, HandedSecret{n, v})
	}
	line, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the service: %w", err)
	}
	go func() {
		_ = c.cmd.Wait() // ProcessState says it
		close(c.ended)
	}()
	if _, err := c.stdin.Write(append(line, '\n')); err != nil {
		c.kill()
		return nil, fmt.Errorf("handing over to the service: %w", err)
	}
	return c, nil
}

// kill ends the process at once, wherever it is, and waits until it is gone.
func (c *child) kill() {
	_ = c.cmd.Process.Kill() // it may just have ended
	<-c.ended
	_ = c.stdin.Close()
}

// stop lets the process end by itself: its standard input ends.
func (c *child) stop() error {
	_ = c.stdin.Close()
	<-c.ended
	if code := c.cmd.ProcessState.ExitCode(); code != 0 {
		return c.died()
	}
	return nil
}

// died is the error of a service that ended without having been killed.
func (c *child) died() error {
	text := strings.TrimSpace(c.said.String())
	return errors.New("the service ended by itself (" + c.cmd.ProcessState.String() + "): " + text)
}

// tail keeps the end of what is written to it. Safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	kept bytes.Buffer
}

const tailSize = 8 << 10

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept.Write(b)
	if over := t.kept.Len() - tailSize; over > 0 {
		t.kept.Next(over)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept.String()
}

// executable is this very program, which is also the service.
func executable() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding this program: %w", err)
	}
	return path, nil
}
