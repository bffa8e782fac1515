// Command stockbridge is the service and its command line. It only wires: what commands do is in sync/service, what
// they say to a running service goes through sync/ipc.
//
// Every command documents its --json document in its help. A command that fails with --json answers
// {"fault": {"kind", "code", "args", "text", "detail", "more"}} where it had no other answer.
//
// github.com/spf13/cobra reads the command line; github.com/kardianos/service talks to systemd and the Windows
// service manager; golang.org/x/term asks whether somebody is looking.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
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

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	a := &app{in: in, out: out, errOut: errOut}
	root := newRoot(a)
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errProblems):
		return exitProblems
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		err = refusal("Interrupted.")
	}
	a.asJSON = a.asJSON || slices.Contains(args, "--json") // a mistake before it keeps cobra from reading it
	if a.asJSON && !a.answered {
		_ = a.print(map[string]*ipc.Fault{"fault": ipc.FaultOf(err)}, nil) // what follows says the same to a person
	}
	a.complain(err)
	if usage, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintln(errOut, "Try: "+usage.command+" --help")
		return exitUsage
	}
	return exitFailed
}

// complain prints an error for a person, a line for each mistake in it.
func (a *app) complain(err error) {
	for _, line := range sentences(err) {
		fmt.Fprintln(a.errOut, "stockbridge: "+line)
	}
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
	switch {
	case e.Code == "bug.unclassified" && e.Err != nil:
		return []string{e.Err.Error()}
	case e.Code == requestCode:
		return []string{e.Sentence()}
	case e.Code == "ipc.no_service": // which file the socket would be says nothing more
		return []string{e.Sentence() + " [" + string(e.Code) + "]"}
	}
	return []string{e.Error() + " [" + string(e.Code) + "]"}
}

// requestCode is the code of a request that can't be done as it was asked; its sentence says all.
const requestCode fault.Code = "ipc.bad_request"

// refusal is an error of that code. The sentence says what is wrong and what to do.
func refusal(format string, args ...any) error {
	return fault.New(requestCode, fault.Args{"detail": fmt.Sprintf(format, args...)})
}
