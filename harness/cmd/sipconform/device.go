package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"

	"github.com/sipconform/sipconform/harness/device/starter"
)

// aDevice runs the command of that name below device.
func aDevice(ctx context.Context, args []string, out io.Writer) (int, error) {
	const help = "usage: sipconform device new NAME [flags]     makes a folder with a device.yaml to begin with\n" +
		"       sipconform device check NAME [flags]   tells what is wrong with a device's set-up, before a run does\n"
	return below(ctx, "device", []verb{{"check", deviceCheck}, {"new", deviceNew}}, help, args, out)
}

// deviceNew makes the folder of a new device.
func deviceNew(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("device new", flag.ContinueOnError)
	var capabilities words
	kind := flags.String("kind", "", "what the device is: program, shim, network, person, container or https; asked for on a "+
		"terminal if empty")
	program := flags.String("program", "", "the program, of a container its image, of a device on a network what comes before "+
		"its commands, such as ssh")
	flags.Var(&capabilities, "capabilities", "what the device can do, such as register,call-out,tls:1.2; a few to begin with if empty")
	address := flags.String("address", "", "IP address of a device on a network; not known yet if empty")
	var text strings.Builder
	text.WriteString("It makes the folder NAME, in which device.yaml says how the device is started and told what to do. It " +
		"loads as it is;\n" +
		"read its comments, and put what your device needs in their places. Without -kind, it asks on the terminal. The kinds:")
	for _, k := range starter.Kinds() {
		fmt.Fprintf(&text, "\n  %-9s  %s", k.Kind, k.Text)
	}
	name, err := operand(flags, args, "NAME", "device", text.String())
	if err != nil {
		return exitUsage, err
	}
	o := starter.Options{Folder: name, Kind: starter.Kind(*kind), Program: *program}
	if len(capabilities) > 0 {
		if o.Capabilities, err = starter.Capabilities(capabilities.String()); err != nil {
			return exitUsage, usage("-capabilities: %w", err)
		}
	}
	if *address != "" {
		if o.Address, err = netip.ParseAddr(*address); err != nil {
			return exitUsage, usage("-address %q is not an IP address", *address)
		}
	}
	if *kind == "" {
		if !onTerminal(os.Stdin) {
			return exitUsage, usage("-kind is missing, and there is no terminal to ask at: sipconform device new -h lists the kinds")
		}
		if o, err = starter.Ask(os.Stdin, out, o); err != nil {
			return exitUsage, usageError{err}
		}
	}
	if err := starter.Make(ctx, o); err != nil {
		return exitUsage, usageError{err}
	}
	_, err = fmt.Fprintf(out, "made %s/device.yaml and %[1]s/README.md\nread the comments, put what your device needs in their "+
		"places, and then:\n"+
		"  sipconform device check %s\n", strings.TrimSuffix(name, "/"), asPath(name))
	return exitDone, err
}

// asPath writes a folder so that it is not taken for the name of a built-in device.
func asPath(folder string) string {
	if strings.ContainsRune(folder, os.PathSeparator) {
		return folder
	}
	return "." + string(os.PathSeparator) + folder
}

// onTerminal tells whether somebody may be there to answer.
func onTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
