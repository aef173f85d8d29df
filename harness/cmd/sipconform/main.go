// Command sipconform certifies SIP devices against mock vendors.
//
//	sipconform certify   run a device through the scenarios and write a report
//	sipconform conclude  make the report of a run that was killed
//	sipconform merge     make the report of a run from its shards on several machines
//	sipconform list      print requirements, scenarios and what covers what
//	sipconform explain   say what a cause, a requirement or a scenario means
//	sipconform serve     run one mock vendor until interrupted, and tell what it sees
//	sipconform lab       make what a real device is configured with once
//	sipconform certs     write certificates, and every defect of one, as files for other tools
//	sipconform device    make the description of a device, and check it before a run
//	sipconform verify    tell whether a record is what its evidence bears out
//	sipconform evidence  make all files of a scenario's evidence from its observations
//	sipconform redact    make a bundle of a record for publication
//	sipconform diff      compare the verdicts of two runs
//	sipconform matrix    make one page of several runs, of devices and versions
//	sipconform shim      serve a shim on the host of its device
//
// Each explains its flags with -h. Exit status: 0 conformant (or done), 1 not
// conformant (or different), 2 bad usage or configuration, 3 inconclusive,
// 4 an error of the harness.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/sipconform/sipconform/harness/report/printable"
)

// Exit statuses of commands other than certify, and of certify without an outcome.
const (
	exitDone      = 0
	exitDifferent = 1
	exitUsage     = 2
	exitHarness   = 4
)

// usageError is an error that the user can mend. The command exits with 2.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

type command struct {
	name, synopsis string
	run            func(ctx context.Context, args []string, out io.Writer) (int, error)
}

func commands() []command {
	return []command{
		{"certify", "run a device through the scenarios and write a report", certify},
		{"conclude", "make the report of a run that was killed", conclude},
		{"merge", "make the report of a run from its shards on several machines", merge},
		{"list", "print requirements, scenarios and what covers what", list},
		{"explain", "say what a cause, a requirement or a scenario means, and what to do", explaining},
		{"serve", "run one mock vendor until interrupted, and tell what it sees", serve},
		{"lab", "make what a real device is configured with once, print it, hand it out", laboratory},
		{"certs", "write certificates, and every defect of one, as PEM files for other tools", writeCerts},
		{"device", "make the description of a device, and check it before a run", aDevice},
		{"verify", "tell whether a record is what its evidence bears out", verify},
		{"evidence", "make all files of a scenario's evidence from its observations", unpacking},
		{"redact", "make a bundle of a report for publication, without secrets", redacting},
		{"diff", "compare the verdicts of two runs", diff},
		{"matrix", "make one page of several runs, of devices and versions", matrix},
		{"shim", "serve a shim on the host of its device", shim},
	}
}

// memoryAim is what the garbage collector aims at, in bytes, unless GOMEMLIMIT says otherwise. Of a run of thousands of
// scenarios most is garbage; with what libssl takes, the process stays below 512 MB.
const memoryAim = 384 << 20

func main() {
	if status, watching := watch(os.Args); watching {
		os.Exit(status)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryAim)
	}
	os.Exit(dispatch(interruptible(), os.Args[1:]))
}

// interruptible returns a context that the first interrupt ends. When it has ended, the next one ends the program at once,
// as it would without this.
func interruptible() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, interrupts()...)
	go func() {
		first := <-signals
		signal.Stop(signals)
		cancel(fmt.Errorf("%v signal received", first))
		select {
		case second := <-signals: // which came before Stop
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				self.Signal(second)
			}
		default:
		}
	}()
	return ctx
}

// interrupts are the signals that end a command in order. A program that was started with
// nohup goes on without its terminal.
func interrupts() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

func dispatch(ctx context.Context, args []string) int {
	if len(args) == 0 {
		explain(os.Stderr)
		return exitUsage
	}
	if args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		explain(os.Stdout)
		return exitDone
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		status, err := c.guarded(ctx, args[1:], os.Stdout)
		switch {
		case errors.Is(err, flag.ErrHelp):
			return exitDone
		case errors.As(err, new(usageError)):
			complain(c.name, err)
			return exitUsage
		case err != nil:
			complain(c.name, err)
			return exitHarness
		}
		return status
	}
	fmt.Fprintf(os.Stderr, "sipconform: there is no command %q\n", args[0])
	explain(os.Stderr)
	return exitUsage
}

// guarded runs a command. A panic of it is the harness's error.
func (c command) guarded(ctx context.Context, args []string, out io.Writer) (status int, err error) {
	defer func() {
		if p := recover(); p != nil {
			status, err = exitHarness, fmt.Errorf("it panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return c.run(ctx, args, out)
}

// complain writes an error, which may have words of a record or of a device in it.
func complain(command string, err error) {
	var text strings.Builder
	for line := range strings.Lines(err.Error()) {
		text.WriteString(printable.Line(strings.TrimSuffix(line, "\n")) + "\n")
	}
	fmt.Fprintf(os.Stderr, "sipconform %s: %s\n", command, strings.TrimSuffix(text.String(), "\n"))
}

func explain(w io.Writer) {
	fmt.Fprintln(w, "usage: sipconform <command> [flags]")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-8s %s\n", c.name, c.synopsis)
	}
}

// parse reads flags. An error in them is a [usageError].
func parse(flags *flag.FlagSet, args []string) error {
	err := flags.Parse(args)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		return usageError{err}
	}
	return err
}
