// Command stockbridge is the service and its command line. It only wires: what commands do is in sync/service, what
// they say to a running service goes through sync/ipc.
//
// github.com/spf13/cobra reads the command line; github.com/kardianos/service talks to systemd and the Windows
// service manager.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"stockbridge/sync/fault"
)

// version is set by the build (-ldflags "-X main.version=…").
var version = "0.1.0-dev"

// The exit codes scripts rely on (DESIGN.md section 7).
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitProblems = 3
)

// errProblems ends a command that did its work while something waits for a person.
var errProblems = errors.New("problems wait for a person")

// usageError is a mistake on the command line.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	if errors.Is(err, errProblems) {
		return exitProblems
	}
	if usage, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintln(os.Stderr, "stockbridge: "+usage.Error())
		fmt.Fprintln(os.Stderr, "Try: stockbridge --help")
		return exitUsage
	}
	for _, line := range sentences(err) {
		fmt.Fprintln(os.Stderr, "stockbridge: "+line)
	}
	return exitFailed
}

// sentences are the errors in err, one line each, with their codes.
func sentences(err error) []string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []string
		for _, e := range joined.Unwrap() {
			out = append(out, sentences(e)...)
		}
		return out
	}
	e := fault.As(err)
	if e.Code == "bug.unclassified" && e.Err != nil {
		return []string{e.Err.Error()}
	}
	return []string{e.Error() + " [" + string(e.Code) + "]"}
}
