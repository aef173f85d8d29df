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

	"github.com/sipconform/sipconform/certs"
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

func serve(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	vendors := vendorsFlag(flags)
	product := flags.String("product", "", "the vendor's product; its first product if empty")
	revision := flags.String("profile", "", "revision of the product's profile; the first if empty")
	listen := flags.String("listen", "127.0.0.1",
		"address to listen on, with free ports; with address:5061 the standard ports of SIP, with address:443 that of "+
			"HTTPS, the first host or endpoint at that address and the others at the next ones, or at those of A,B,C:5061")
	name := flags.String("name", "example", "the customer's part of the domain")
	seed := flags.Uint64("seed", 1, "seed of keys and certificates")
	ca := flags.String("ca", "", "file to write the roots to import to; a temporary one if empty")
	page := pageFlag(flags)
	set := settings{}
	flags.Var(set, "set", "a setting of the profile, key=value; may be repeated")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: sipconform serve VENDOR [flags]\nLines on standard input drive the mock: help lists them.")
		flags.PrintDefaults()
	}
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
	p, err := find(*vendors, vendor, *product)
	if err != nil {
		return exitUsage, err
	}
	first, further, err := splitListen(*listen)
	if err != nil {
		return exitUsage, err
	}
	address, port, err := parseListen(first)
	if err != nil {
		return exitUsage, err
	}
	if *revision == "" {
		*revision = p.Revisions[0].Revision
	}
	mock, err := start(p, wanted{set, *revision, *name, address, further, port, *seed})
	if err != nil {
		return exitUsage, usageError{err}
	}
	defer mock.Close()
	root, remove, err := writeRoots(*ca, mock.roots)
	if err != nil {
		return exitUsage, usageError{err}
	}
	defer remove()
	client, removeClient, err := writeClient(*ca, mock.own)
	if err != nil {
		return exitUsage, usageError{err}
	}
	defer removeClient()
	mock.ready.CA, mock.ready.Client = root, client
	lines := &lines{out: out}
	if err := announce(lines, mock.ready); err != nil {
		return exitHarness, err
	}
	live, err := servePage(ctx, *page, mock)
	if err != nil {
		return exitUsage, err
	}
	defer live.Close()
	keepFromTerminal()
	driven := newDriver(mock, lines)
	defer driven.Close()
	go driven.read(os.Stdin) // a read of a terminal cannot be ended: it lasts as long as the program
	follow(ctx, lines, mock.log)
	return exitDone, nil
}

// wanted is what the flags say of the mock to start.
type wanted struct {
	settings       map[string]string
	revision, name string
	address        netip.Addr
	further        []netip.Addr // of the hosts or endpoints after the first
	port           uint16       // 5061 or 443 for the standard ports; 0 for free ones
	seed           uint64
}

// configure applies the flags to a mock with that many hosts or endpoints, which may run for days.
func (w wanted) configure(c *vendor.Config, hosts int) {
	c.Revision, c.Name, c.Addresses, c.Seed = w.revision, w.name, w.addresses(hosts), w.seed
	c.Log = observation.NewWindow()
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
	case p.HTTPS != nil && w.port == profile.SIPSPort:
		return nil, fmt.Errorf("%s %s speaks no SIP: give --listen an address alone, or with port %d", p.Vendor, p.Product, api.Port)
	case p.HTTPS == nil && w.port == api.Port:
		return nil, fmt.Errorf("%s %s speaks SIP: give --listen an address alone, or with port %d", p.Vendor, p.Product, profile.SIPSPort)
	case p.HTTPS != nil:
		mock, err := api.Serve(p, w.settings, func(c *api.Config) {
			w.configure(&c.Config, len(p.HTTPS.Endpoints))
			c.StandardPort = w.port == api.Port
		})
		if err != nil {
			return nil, err
		}
		up.server, up.api, around = mock, mock, mock.Standalone
	default:
		mock, err := edge.Serve(p, w.settings, func(c *edge.Config) {
			w.configure(&c.Config, len(p.Proxies))
			c.StandardPorts = w.port == profile.SIPSPort
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

// find returns a vendor's product, its first if none is named.
func find(folder, vendorName, product string) (*profile.Product, error) {
	all, err := products(folder)
	if err != nil {
		return nil, err
	}
	var known []string
	for _, p := range all {
		if p.Vendor == vendorName && (product == "" || p.Product == product) {
			return p, nil
		}
		known = append(known, p.Vendor+" --product "+p.Product)
	}
	if product != "" {
		vendorName += " --product " + product
	}
	return nil, usage("there is no mock %s; there are: %s", vendorName, strings.Join(known, ", "))
}

// parseListen returns an address and its port, 0 if it has none.
func parseListen(text string) (netip.Addr, uint16, error) {
	if at, err := netip.ParseAddrPort(text); err == nil {
		if at.Port() != profile.SIPSPort && at.Port() != api.Port {
			return netip.Addr{}, 0, usage("--listen %s: the port must be %d, and the mock then listens on 5060 too, or %d for HTTPS",
				text, profile.SIPSPort, api.Port)
		}
		return at.Addr(), at.Port(), nil
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, 0, usage("--listen %q is not an IP address", text)
	}
	return address, 0, nil
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

// maxShown is how much of a message's first line is printed.
const maxShown = 512

// follow prints a line for each observation of the mock, until ctx ends. It says how many it has not printed where the
// mock saw more than could be written.
func follow(ctx context.Context, out io.Writer, log *observation.Log) {
	for seq := 0; ; {
		e, err := log.WaitFrom(ctx, seq, func(observation.Event) bool { return true })
		if err != nil {
			return
		}
		if e.Seq > seq {
			fmt.Fprintf(out, "%s %d observations are not shown: they came faster than they could be written\n",
				e.At.Round(time.Millisecond), e.Seq-seq)
		}
		seq = e.Seq + 1
		line, _, _ := strings.Cut(string(e.Bytes), "\r\n")
		switch {
		case e.HTTP != nil:
			line = fmt.Sprintf("%s https://%s%s %d", e.HTTP.Method, e.HTTP.Host, e.HTTP.Path, e.HTTP.Status)
		case e.Console != nil:
			line = fmt.Sprintf("console %s %s %s", e.Console.Level, e.Console.Code, e.Console.Title)
			if e.Console.Note != "" {
				line += " (" + e.Console.Note + ")"
			}
		case e.Kind != observation.SIP:
			line = e.Text
		}
		fmt.Fprintf(out, "%s %s %s %s %q\n", e.At.Round(time.Millisecond), e.Kind, e.Conn, e.Dir, line[:min(len(line), maxShown)])
	}
}
