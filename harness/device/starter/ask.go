package starter

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
)

// ErrEnded says that the input ended before all questions were answered.
var ErrEnded = errors.New("the input ended before the questions were answered: nothing was made")

// maxLine bounds an answer.
const maxLine = 4096

// Ask asks for what is not known of a new device, a line for each answer. An empty line takes what stands in brackets. An answer
// that will not do gets a hint, and the question again; the end of input is [ErrEnded].
func Ask(in io.Reader, out io.Writer, o Options) (Options, error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	q := &questions{lines: lines, out: out}
	if o.Kind == "" {
		fmt.Fprintln(out, "What is the device?")
		for i, d := range Kinds() {
			fmt.Fprintf(out, "  %d  %-9s  %s\n", i+1, d.Kind, d.Text)
		}
		q.ask("A number or a word", string(Program), func(answer string) error {
			if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(Kinds()) {
				answer = string(Kinds()[n-1].Kind)
			}
			d, err := Describe(Kind(answer))
			o.Kind = d.Kind
			return err
		})
	}
	d, err := Describe(o.Kind)
	if q.err = cmp.Or(q.err, err); q.err != nil {
		return o, q.err
	}
	if d.Program != "" && o.Program == "" {
		q.ask("What is "+d.Program+"?", d.Default, func(answer string) error {
			o.Program = answer
			return nil
		})
	}
	if d.Addressed && !o.Address.IsValid() {
		q.ask("Which IP address is it at? unknown if nobody knows yet", "unknown", func(answer string) (err error) {
			if answer != "unknown" {
				o.Address, err = netip.ParseAddr(answer)
			}
			if err != nil {
				return fmt.Errorf("%q is no IP address, such as 192.0.2.20", answer)
			}
			return nil
		})
	}
	if len(o.Capabilities) == 0 {
		q.ask("What can it do? With commas between; fixtures/devices/README.md lists all", joined(d.Capabilities), func(answer string) error {
			o.Capabilities, err = Capabilities(answer)
			if err == nil {
				_, _, err = o.complete()
			}
			return err
		})
	}
	return o, q.err
}

// Capabilities reads a list with commas. What a capability may be is for the descriptor to say; it is one word in any case.
func Capabilities(text string) (all []device.Capability, err error) {
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		switch c := device.Capability(word); {
		case word == "" || strings.ContainsAny(word, " \t"):
			return nil, fmt.Errorf("%q is not one capability: write such as register,call-out,tls:1.2", word)
		case slices.Contains(all, c):
			return nil, fmt.Errorf("%s is there twice: write it once", c)
		default:
			all = append(all, c)
		}
	}
	return all, nil
}

func joined(cs []device.Capability) string {
	words := make([]string, len(cs))
	for i, c := range cs {
		words[i] = string(c)
	}
	return strings.Join(words, ",")
}

// questions are asked one after the other, until one of them fails.
type questions struct {
	lines *bufio.Scanner
	out   io.Writer
	err   error
}

// ask puts a question until its answer will do.
func (q *questions) ask(question, usual string, take func(answer string) error) {
	for q.err == nil {
		fmt.Fprintf(q.out, "%s [%s]: ", question, usual)
		if !q.lines.Scan() {
			q.err = cmp.Or(q.lines.Err(), ErrEnded)
			return
		}
		err := take(cmp.Or(strings.TrimSpace(q.lines.Text()), usual))
		if err == nil {
			return
		}
		fmt.Fprintf(q.out, "  %v\n", err)
	}
}
