package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
)

// ready is the JSON behind the line's first word when a mock is up.
type ready struct {
	Vendor      string            `json:"vendor"`
	Product     string            `json:"product"`
	Profile     string            `json:"profile"`
	Domain      string            `json:"domain"`
	Listeners   []listener        `json:"listeners"`
	CA          string            `json:"ca"`
	User        string            `json:"user"`
	Password    string            `json:"password"`
	Settings    map[string]string `json:"settings"`
	NotEmulated []string          `json:"not_emulated"`
}

type listener struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// settings collects --set key=value.
type settings map[string]string

func (s settings) String() string { return fmt.Sprint(map[string]string(s)) }

func (s settings) Set(text string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("%q is not key=value", text)
	}
	s[key] = value
	return nil
}

func serve(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	product := flags.String("product", "", "the vendor's product; its first if empty")
	revision := flags.String("profile", "", "the profile's revision; the first if empty")
	listen := flags.String("listen", "127.0.0.1", "address, on which UDP, TCP and TLS get ports that are free, or address:5061 for the standard ones")
	name := flags.String("name", "example", "the customer's part of the domain")
	seed := flags.Uint64("seed", 1, "of keys and certificates")
	ca := flags.String("ca", "", "where to write the roots to import; a temporary file if empty")
	set := settings{}
	flags.Var(set, "set", "a setting of the profile, key=value; may be repeated")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: sipconform serve VENDOR [flags]")
		flags.PrintDefaults()
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		if err := parse(flags, args); err != nil { // such as -h
			return exitUsage, err
		}
		return exitUsage, usage("name the vendor first: sipconform serve VENDOR [flags]")
	}
	if err := parse(flags, args[1:]); err != nil {
		return exitUsage, err
	}
	if flags.NArg() > 0 {
		return exitUsage, usage("what is %q? The product is named with --product", flags.Arg(0))
	}
	p, err := find(args[0], *product)
	if err != nil {
		return exitUsage, err
	}
	address, standard, err := parseListen(*listen)
	if err != nil {
		return exitUsage, err
	}
	mock, err := edge.Serve(p, set, func(c *edge.Config) {
		c.Revision, c.Name, c.Address, c.StandardPorts, c.Seed = *revision, *name, address, standard, *seed
	})
	if err != nil {
		return exitUsage, usageError{err}
	}
	defer mock.Close()
	root, remove, err := writeRoots(*ca, mock.Roots)
	if err != nil {
		return exitUsage, usageError{err}
	}
	defer remove()
	if err := announce(out, p, mock, *revision, root); err != nil {
		return exitHarness, err
	}
	follow(ctx, out, mock.Log)
	return exitDone, nil
}

func find(vendor, product string) (*profile.Product, error) {
	products, err := profile.Load(fixtures.FS, "profiles")
	if err != nil {
		return nil, err
	}
	var known []string
	for _, p := range products {
		if p.Vendor == vendor && (product == "" || p.Product == product) {
			return p, nil
		}
		known = append(known, p.Vendor+" --product "+p.Product)
	}
	if product != "" {
		vendor += " --product " + product
	}
	return nil, usage("there is no mock %s; there are: %s", vendor, strings.Join(known, ", "))
}

func parseListen(text string) (netip.Addr, bool, error) {
	if at, err := netip.ParseAddrPort(text); err == nil {
		if at.Port() != 5061 {
			return netip.Addr{}, false, usage("--listen %s: the only port to ask for is 5061, with 5060 beside it", text)
		}
		return at.Addr(), true, nil
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, false, usage("--listen %q is no IP address", text)
	}
	return address, false, nil
}

// writeRoots writes the roots to path, or to a temporary file that remove
// removes.
func writeRoots(path string, bundle []byte) (string, func(), error) {
	if path != "" {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return "", nil, err
		}
		return absolute, func() {}, os.WriteFile(absolute, bundle, 0o644)
	}
	f, err := os.CreateTemp("", "sipconform-roots-*.pem")
	if err != nil {
		return "", nil, err
	}
	_, err = f.Write(bundle)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return "", nil, err
	}
	return f.Name(), func() { os.Remove(f.Name()) }, nil
}

func announce(out io.Writer, p *profile.Product, mock *edge.Server, revision, root string) error {
	if revision == "" {
		revision = p.Revisions[0].Revision
	}
	r := ready{Vendor: p.Vendor, Product: p.Product, Profile: revision, Domain: mock.Domain(), CA: root, User: "alice", Password: "secret",
		Settings: mock.Settings(), NotEmulated: []string{}}
	for name, at := range mock.Addresses() {
		r.Listeners = append(r.Listeners, listener{name, at.String()})
	}
	for _, h := range mock.Hosts()[1:] {
		r.Listeners = append(r.Listeners, listener{observation.TLS + " " + h.Name, h.TLS.String()})
	}
	slices.SortFunc(r.Listeners, func(a, b listener) int { return strings.Compare(a.Name, b.Name) })
	if in, err := p.Named(revision); err == nil {
		for _, missing := range edge.NotEmulated(in) {
			r.NotEmulated = append(r.NotEmulated, missing.What+": "+missing.Reason)
		}
	}
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "ready %s\n", line)
	return err
}

// follow prints what the mock sees, a line each, until ctx ends.
func follow(ctx context.Context, out io.Writer, log *observation.Log) {
	for seq := 0; ; {
		e, err := log.WaitFrom(ctx, seq, func(observation.Event) bool { return true })
		if err != nil {
			return
		}
		seq = e.Seq + 1
		line, _, _ := strings.Cut(string(e.Bytes), "\r\n")
		switch {
		case e.Console != nil:
			line = fmt.Sprintf("console %s %s %s", e.Console.Level, e.Console.Code, e.Console.Title)
		case e.Kind != observation.SIP:
			line = e.Text
		}
		fmt.Fprintf(out, "%s %s %s %s %q\n", e.At.Round(time.Millisecond), e.Kind, e.Conn, e.Dir, line)
	}
}
