package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"

	"github.com/sipconform/sipconform/harness/device/remote"
	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/internal/userfile"
)

// shim serves a shim on the host where its device is.
func shim(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("shim", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:7000", "address and port to listen on")
	file := flags.String("secret", "", "file with the secret, one line, that the harness has to know")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: sipconform shim [flags] -- PROGRAM [ARGUMENT]…\nIt serves a program that speaks the "+
			"shim protocol to a harness on another host.")
		flags.PrintDefaults()
	}
	if err := parse(flags, args); err != nil {
		return exitUsage, err
	}
	at, err := netip.ParseAddrPort(*listen)
	switch {
	case err != nil:
		return exitUsage, usage("-listen %q is no address with a port, such as 192.0.2.20:7000", *listen)
	case at.Addr().IsUnspecified():
		return exitUsage, usage("-listen %s listens everywhere: name the address that the harness connects to", *listen)
	case flags.NArg() == 0:
		return exitUsage, usage("name the program after --")
	case *file == "":
		return exitUsage, usage("-secret names no file: make one, as with openssl rand -hex 16 >secret")
	}
	content, err := userfile.ReadFile(ctx, *file, remote.MaxSecret+2)
	if err != nil {
		return exitUsage, usageError{err}
	}
	secret := strings.TrimRight(string(content), "\r\n")
	if err := remote.Check(secret); err != nil {
		return exitUsage, usage("%s: %w", *file, err)
	}
	l, err := net.Listen("tcp", at.String())
	if err != nil {
		return exitUsage, usageError{err}
	}
	lines := &lines{out: out}
	say := func(text string) { fmt.Fprintln(lines, printable.Line(text)) }
	say("listening on " + l.Addr().String())
	server := &remote.Server{Secret: secret, Command: flags.Args(), Say: say}
	return exitDone, server.Serve(ctx, l)
}
