package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/edge"
)

// maxLine bounds a line of standard input.
const maxLine = 1024

// instruction is something that a line on standard input has a mock do. It returns what it did, or nothing if it answers
// later. A mock has those that its kind has a function for.
type instruction struct {
	name, arguments, help string
	changes               bool // the mock

	sip   func(*driver, *edge.Server, string) (string, error)
	https func(*driver, *api.Server, string) (string, error)
}

// instructions are all that there are.
func instructions() []instruction {
	return []instruction{
		{name: "call", arguments: "USER[@HOST:PORT] [secure=true]",
			help: "call a registered user, or a listener; the answer is the final response", sip: (*driver).call},
		{name: "hang-up", help: "end every call, and those that ring", sip: (*driver).hangUp},
		{name: "restart", changes: true, help: "close every connection; a SIP edge forgets its registrations too",
			sip: (*driver).restart, https: (*driver).disconnect},
		{name: "renew", changes: true, arguments: "[ROOT]", help: "show another certificate, with another key, below that root of the bundle",
			sip: (*driver).renew, https: (*driver).renewSites},
		{name: "announce", changes: true, arguments: "CHANGE [DATE]", help: "announce a change that begins on that date, or when " +
			"its notice is over: " +
			changeNames(), https: (*driver).announce},
		{name: "advance", changes: true, arguments: "DURATION", help: "put the vendor's clock forward: 60d, 36h", https: (*driver).advance},
		{name: "set", changes: true, arguments: "KEY=VALUE", help: "change a setting of the profile for what follows",
			sip:   func(_ *driver, e *edge.Server, text string) (string, error) { return set(e, text) },
			https: func(_ *driver, a *api.Server, text string) (string, error) { return set(a, text) }},
		{name: "report", help: "write the report of serve -report on what was seen so far",
			sip:   func(d *driver, _ *edge.Server, _ string) (string, error) { return d.write() },
			https: func(d *driver, _ *api.Server, _ string) (string, error) { return d.write() }},
		{name: "help", help: "list the commands that this mock has",
			sip:   func(d *driver, _ *edge.Server, _ string) (string, error) { return d.help(), nil },
			https: func(d *driver, _ *api.Server, _ string) (string, error) { return d.help(), nil }},
	}
}

// lines writes whole lines for several goroutines.
type lines struct {
	mu  sync.Mutex
	out io.Writer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(line)
}

// driver has a mock act on the lines of standard input. It answers each with a line that begins with "ok" or "error".
type driver struct {
	mock  *running
	bench *bench // nil without -report
	out   io.Writer

	ctx     context.Context
	cancel  context.CancelFunc
	calling sync.WaitGroup
	renewed int // certificates so far

	mu      sync.Mutex
	ringing map[int]context.CancelFunc // calls without a final response, by their number
	called  int
}

func newDriver(mock *running, bench *bench, out io.Writer) *driver {
	d := &driver{mock: mock, bench: bench, out: out, ringing: make(map[int]context.CancelFunc)}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return d
}

// Close gives up the calls that ring.
func (d *driver) Close() {
	d.mu.Lock()
	d.cancel()
	d.mu.Unlock()
	d.calling.Wait()
}

// read obeys each line. When the input ends, the mock runs on.
func (d *driver) read(in io.Reader) {
	input := bufio.NewReaderSize(in, maxLine)
	for {
		line, more, err := input.ReadLine()
		if err != nil {
			return
		}
		if !more {
			d.obey(string(line))
			continue
		}
		for more && err == nil {
			_, more, err = input.ReadLine()
		}
		d.answer("", fmt.Errorf("a line is longer than %d bytes", maxLine))
	}
}

// obey does what a line says, and answers it. An empty line is nothing.
func (d *driver) obey(line string) {
	name, arguments, _ := strings.Cut(strings.TrimSpace(line), " ")
	arguments = strings.TrimSpace(arguments)
	if name == "" {
		return
	}
	all := instructions()
	at := slices.IndexFunc(all, func(i instruction) bool { return i.name == name })
	if at < 0 {
		d.answer("", fmt.Errorf("there is no command %q: use %s", name, d.names()))
		return
	}
	i := all[at]
	act := d.bind(i)
	switch {
	case arguments != "" && i.arguments == "":
		d.answer(name, errors.New("it takes no argument"))
	case arguments == "" && i.arguments != "" && !strings.HasPrefix(i.arguments, "["):
		d.answer(name, fmt.Errorf("write %s %s: %s", i.name, i.arguments, i.help))
	case act != nil:
		if i.changes {
			d.bench.changed()
		}
		d.report(name, act, arguments)
	case d.mock.edge != nil:
		d.answer(name, fmt.Errorf("this mock speaks SIP, and only one of an HTTPS API does that: use %s", d.names()))
	default:
		d.answer(name, fmt.Errorf("this mock is of an HTTPS API, and only one that speaks SIP does that: use %s", d.names()))
	}
}

// bind returns what an instruction has this mock do with its arguments; nil if its kind of mock does not have it.
func (d *driver) bind(i instruction) func(arguments string) (string, error) {
	switch e, a := d.mock.edge, d.mock.api; {
	case e != nil && i.sip != nil:
		return func(arguments string) (string, error) { return i.sip(d, e, arguments) }
	case a != nil && i.https != nil:
		return func(arguments string) (string, error) { return i.https(d, a, arguments) }
	}
	return nil
}

func (d *driver) report(name string, act func(string) (string, error), arguments string) {
	did, err := act(arguments)
	switch {
	case err != nil:
		d.answer(name, err)
	case did != "":
		fmt.Fprintf(d.out, "ok %s: %s\n", name, did)
	}
}

// answer says what is wrong, in one line. The name is empty if the line names no command.
func (d *driver) answer(name string, err error) {
	if name != "" {
		name += ": "
	}
	fmt.Fprintf(d.out, "error %s%s\n", name, printable.Line(strings.ReplaceAll(err.Error(), "\n", "; ")))
}

// write writes the report so far.
func (d *driver) write() (string, error) {
	if d.bench == nil {
		return "", errors.New("start serve with -report FOLDER to have what it sees recorded and judged")
	}
	run, err := d.bench.report()
	if err != nil {
		return "", err
	}
	return d.bench.summary(run), nil
}

// own are the instructions that the mock has.
func (d *driver) own() []instruction {
	return slices.DeleteFunc(instructions(), func(i instruction) bool { return d.bind(i) == nil })
}

func (d *driver) names() string {
	var names []string
	for _, i := range d.own() {
		names = append(names, i.name)
	}
	return strings.Join(names, ", ")
}

// help is the only answer of several lines.
func (d *driver) help() string {
	var b strings.Builder
	b.WriteString("these are the commands")
	for _, i := range d.own() {
		fmt.Fprintf(&b, "\n  %-36s %s", strings.TrimSpace(i.name+" "+i.arguments), i.help)
	}
	return b.String()
}
