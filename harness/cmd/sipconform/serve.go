package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/narrate"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// ready is the JSON in the line that reports that a mock is up.
type ready struct {
	Vendor    string     `json:"vendor"`
	Product   string     `json:"product"`
	Revision  string     `json:"profile"`
	Domain    string     `json:"domain"`
	Listeners []listener `json:"listeners"`
	CA        string     `json:"ca"`
	// Client is a PEM file with a certificate that the vendor accepts, its chain and
	// its key. It is empty if the vendor asks for none.
	Client      string            `json:"client,omitempty"`
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

// serveFlags are what the flags of serve say.
type serveFlags struct {
	vendors                 *string
	product, revision, asOf string
	listen, name, ca        string
	report, sign            string
	page                    *string
	seed                    uint64
	settings                settings
}

// define declares the flags.
func (f *serveFlags) define(flags *flag.FlagSet) {
	f.vendors, f.page, f.settings = vendorsFlag(flags), pageFlag(flags), settings{}
	flags.StringVar(&f.product, "product", "", "the vendor's product; the one that is most used if empty")
	flags.StringVar(&f.revision, "profile", "", "revision of the product's profile; the one in force on the day of -as-of if empty")
	flags.StringVar(&f.asOf, "as-of", "", "date whose revision is served, YYYY-MM-DD; today if empty")
	flags.StringVar(&f.listen, "listen", "127.0.0.1", "HOST, with free ports, or HOST:PORT: SIP over TLS, or HTTPS, at that port, and SIP in "+
		"clear at the one before it. The next hosts of a product are at the next addresses, or at those of A,B,C:PORT. "+
		"With 5061, the other ports of the product are as its documents say, too")
	flags.StringVar(&f.name, "name", "example", "the customer's part of the domain")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of keys and certificates")
	flags.StringVar(&f.ca, "ca", "", "file to write the roots to import to; a temporary one if empty")
	flags.StringVar(&f.report, "report", "",
		"folder of a report on what devices did, and what can be judged of that, when serve ends and at the line report")
	flags.StringVar(&f.sign, "sign", "", "Ed25519 private key in PEM, to sign the record of -report with")
	flags.Var(f.settings, "set", "a setting of the profile, key=value; may be repeated")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: sipconform serve VENDOR [flags]\nLines on standard input drive the mock: help lists them.")
		flags.PrintDefaults()
	}
}

func serve(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags, said := flag.NewFlagSet("serve", flag.ContinueOnError), new(serveFlags)
	said.define(flags)
	if err := parse(flags, args); err != nil {
		return exitUsage, err
	}
	vendor := flags.Arg(0)
	if vendor == "" {
		return exitUsage, usage("name the vendor: sipconform serve VENDOR [flags]")
	}
	if err := parse(flags, flags.Args()[1:]); err != nil { // flags may follow the name
		return exitUsage, err
	}
	if flags.NArg() > 0 {
		return exitUsage, usage("%q is not a flag; name the product with --product", flags.Arg(0))
	}
	chosen, err := choose(said, vendor)
	if err != nil {
		return exitUsage, err
	}
	here, err := thisMachine()
	if err != nil {
		return exitHarness, err
	}
	at, err := here.parseListen(ctx, said.listen)
	if err != nil {
		return exitUsage, err
	}
	seen, err := openBench(said, chosen)
	if err != nil {
		return exitUsage, unusable(err)
	}
	defer seen.Close()
	mock, err := start(chosen.product, wanted{said.settings, chosen.revision.Revision, said.name, at, here, said.seed})
	if err != nil {
		return exitUsage, usageError{err}
	}
	defer mock.Close()
	root, remove, err := writeRoots(said.ca, mock.roots)
	if err != nil {
		return exitUsage, usageError{err}
	}
	defer remove()
	client, removeClient, err := writeClient(said.ca, mock.own)
	if err != nil {
		return exitUsage, usageError{err}
	}
	defer removeClient()
	mock.ready.CA, mock.ready.Client = root, client
	seen.record(mock)
	lines := &lines{out: out}
	fmt.Fprintln(lines, chosen.heading(mock.Listeners()))
	if err := announce(lines, mock.ready); err != nil {
		return exitHarness, err
	}
	live, err := servePage(ctx, *said.page, mock)
	if err != nil {
		return exitUsage, err
	}
	defer live.Close()
	keepFromTerminal()
	driven := newDriver(mock, seen, lines)
	defer driven.Close()
	go driven.read(os.Stdin) // a read of a terminal cannot be ended: it lasts as long as the program
	follow(ctx, lines, mock.log, narrate.New(mock.log.Start(), mock.ready.Password))
	return exitDone, seen.conclude(lines, styleOf(out))
}

// wanted is what the flags say of the mock to start.
type wanted struct {
	settings       map[string]string
	revision, name string
	at             site
	here           machine
	seed           uint64
}

// configure applies the flags to a mock with that many hosts or endpoints, which may run for days.
func (w wanted) configure(c *vendor.Config, hosts int) {
	c.Revision, c.Name, c.Addresses, c.Seed = w.revision, w.name, w.here.spread(w.at, hosts), w.seed
	c.Log, c.Run = observation.NewWindow(), rand.Uint64()
}

// server is a running mock, of SIP or of HTTPS.
type server interface {
	io.Closer
	Domain() string
	Settings() map[string]string
	Listeners() []vendor.Listener
}

// running is a mock that is up, and what serve prints about it.
type running struct {
	server
	product *profile.Product
	edge    *edge.Server // of a product that speaks SIP, else nil
	api     *api.Server  // of an HTTPS API, else nil
	log     *observation.Log
	roots   []byte
	own     *certs.Credential // for the device; nil if the vendor asks for none
	ready   ready
}

// start starts the mock of a product.
func start(p *profile.Product, w wanted) (*running, error) {
	up := &running{product: p}
	var around vendor.Standalone
	switch {
	case p.HTTPS != nil:
		mock, err := api.Serve(p, w.settings, func(c *api.Config) {
			w.configure(&c.Config, len(p.HTTPS.Endpoints))
			c.Port = w.at.port
		})
		if err != nil {
			return nil, err
		}
		up.server, up.api, around = mock, mock, mock.Standalone
	default:
		mock, err := edge.Serve(p, w.settings, func(c *edge.Config) {
			w.configure(&c.Config, len(p.Proxies))
			c.StandardPorts, c.Port = w.at.port == profile.SIPSPort, w.at.port
			up.ready.User, up.ready.Password = c.User, c.Password
		})
		if err != nil {
			return nil, err
		}
		up.server, up.edge, around = mock, mock, mock.Standalone
	}
	up.log, up.roots = around.Log, around.Roots
	up.ready.describe(p, w.revision, up.server)
	if !p.Mutual() && up.ready.Settings[vendor.ClientCertificate] != vendor.Required {
		return up, nil
	}
	var err error
	if up.own, err = around.DeviceCertificate(); err != nil {
		up.Close()
		return nil, err
	}
	return up, nil
}

// writeRoots writes the roots to path: see [writePEM].
func writeRoots(path string, bundle []byte) (string, func(), error) {
	return writePEM(path, "sipconform-roots-*.pem", 0o644, bundle)
}

// writeClient writes the certificate that the device has to show, and its key, beside
// the roots. It writes nothing if the vendor asks for no certificate.
func writeClient(roots string, own *certs.Credential) (string, func(), error) {
	if own == nil {
		return "", func() {}, nil
	}
	if roots != "" {
		roots += ".client.pem"
	}
	return writePEM(roots, "sipconform-client-*.pem", 0o600, append(own.KeyPEM(), own.PEM()...))
}

// writePEM writes data to path. If path is empty, it writes to a temporary file, which
// only its owner can read and remove deletes.
func writePEM(path, temporary string, mode os.FileMode, data []byte) (name string, remove func(), err error) {
	if path != "" {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return "", nil, err
		}
		return absolute, func() {}, os.WriteFile(absolute, data, mode)
	}
	f, err := os.CreateTemp("", temporary)
	if err != nil {
		return "", nil, err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return "", nil, err
	}
	return f.Name(), func() { os.Remove(f.Name()) }, nil
}

// describe fills in what the profile and the running mock say.
func (r *ready) describe(p *profile.Product, revision string, mock server) {
	r.Vendor, r.Product, r.Revision = p.Vendor, p.Product, revision
	r.Domain, r.Settings = mock.Domain(), mock.Settings()
	for _, l := range mock.Listeners() {
		r.Listeners = append(r.Listeners, listener{l.Name, l.Address.String()})
	}
	slices.SortFunc(r.Listeners, func(a, b listener) int { return strings.Compare(a.Name, b.Name) })
	r.NotEmulated = []string{}
	if in, err := p.Named(revision); err == nil {
		for _, missing := range vendor.NotEmulated(in) {
			r.NotEmulated = append(r.NotEmulated, missing.What+": "+missing.Reason)
		}
	}
}

func announce(out io.Writer, r ready) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "ready %s\n", line)
	return err
}
