package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// verb is a command below another, such as init of lab.
type verb struct {
	name string
	run  func(ctx context.Context, args []string, out io.Writer) (int, error)
}

// below runs the verb that args begin with, of a command that is about something, such as a lab. Help is its usage.
func below(ctx context.Context, about string, verbs []verb, help string, args []string, out io.Writer) (int, error) {
	named := ""
	if len(args) > 0 {
		named = args[0]
	}
	for _, v := range verbs {
		if v.name == named {
			return v.run(ctx, args[1:], out)
		}
	}
	if named == "-h" || named == "-help" || named == "--help" || named == "help" {
		fmt.Fprint(os.Stderr, help)
		return exitDone, nil
	}
	return exitUsage, usage("say what to do with a %s\n%s", about, strings.TrimSuffix(help, "\n"))
}

// operand reads flags that stand before or behind the one operand of a verb, and returns that. Usage calls it by its symbol,
// such as DIR, and messages by what it is, such as "folder"; text says what the verb does.
func operand(flags *flag.FlagSet, args []string, symbol, what, text string) (string, error) {
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "usage: sipconform %s %s [flags]\n%s\n", flags.Name(), symbol, text)
		flags.PrintDefaults()
	}
	if err := parse(flags, args); err != nil {
		return "", err
	}
	given := flags.Arg(0)
	if given == "" {
		return "", usage("name the %s: sipconform %s %s [flags]", what, flags.Name(), symbol)
	}
	if err := parse(flags, flags.Args()[1:]); err != nil {
		return "", err
	}
	if flags.NArg() > 0 {
		return "", usage("%q is not a flag, and the %s is %s already", flags.Arg(0), what, given)
	}
	return given, nil
}
