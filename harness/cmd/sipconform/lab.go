package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/lab"
	"github.com/sipconform/sipconform/harness/lab/handout"
	"github.com/sipconform/sipconform/harness/lab/sheet"
	"github.com/sipconform/sipconform/internal/yamlfile"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// laboratory runs the command of that name below lab.
func laboratory(ctx context.Context, args []string, out io.Writer) (int, error) {
	const help = "usage: sipconform lab init DIR [flags]    makes a lab: a folder with what a device is configured with once\n" +
		"       sipconform lab show DIR [flags]    prints its setting sheet\n" +
		"       sipconform lab serve DIR [flags]   hands out its roots, sheet and provisioning files over HTTP\n"
	verbs := []verb{{"init", labInit}, {"show", labShow}, {"serve", labServe}}
	return below(ctx, "lab", verbs, help, args, out)
}

// words collects the values of a flag that may be repeated or have several, separated by commas.
type words []string

func (w *words) String() string { return strings.Join(*w, ",") }

func (w *words) Set(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word == "" {
			return errors.New("a value is empty")
		}
		*w = append(*w, word)
	}
	return nil
}

// The values of -constraints.
const (
	critical    = "critical"
	noncritical = "noncritical"
)

func labInit(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("lab init", flag.ContinueOnError)
	vendors := vendorsFlag(flags)
	var wanted, listen, advertise words
	flags.Var(&wanted, "product", "a product that the device is certified for, such as twilio/voice; may be repeated; all if there is none")
	flags.Var(&listen, "listen", "addresses of this machine at which the vendor will listen, A or A,B,C; needed")
	flags.Var(&advertise, "advertise", "address that the device has to use instead, where there is address translation: A, or "+
		"LISTEN=A of several")
	dns := flags.String("dns", "", "address and port of the vendor's name server, such as 192.0.2.1:53; none if empty")
	name := flags.String("name", "", "the customer's name at the vendor, a DNS label; a random one if empty")
	bounds := flags.String("constraints", critical,
		"critical, or noncritical for a device that takes no root with the critical extension nameConstraints, such as one with mbed TLS")
	dir, err := operand(flags, args, "DIR", "folder", "DIR is a folder that is not there yet. It will hold secrets, and only you can read it.")
	if err != nil {
		return exitUsage, err
	}
	o := lab.Options{Name: *name, NotCritical: *bounds == noncritical}
	if *bounds != critical && *bounds != noncritical {
		return exitUsage, usage("-constraints %q: use critical or noncritical", *bounds)
	}
	chosen, err := chosenProducts(*vendors, wanted)
	if err != nil {
		return exitUsage, err
	}
	if o.Listen, err = addresses("-listen", listen); err != nil {
		return exitUsage, err
	}
	if len(o.Listen) == 0 {
		return exitUsage, usage("-listen is missing: say at which address of this machine the device will find the vendor%s", ownAddresses())
	}
	if *dns != "" {
		if o.DNS, err = netip.ParseAddrPort(*dns); err != nil {
			return exitUsage, usage("-dns %q is not an IP address with a port, such as %v", *dns, netip.AddrPortFrom(o.Listen[0], 53))
		}
	}
	if o.Advertised, err = advertised(advertise, o.Listen); err != nil {
		return exitUsage, err
	}
	if o.Name == "" {
		o.Name = lab.NewName()
	}
	for _, p := range chosen {
		o.Products = append(o.Products, productID(p))
		domains, err := vendor.Domains(p, o.Name)
		if err != nil {
			return exitHarness, err
		}
		o.Domains = append(o.Domains, domains...)
	}
	made, err := lab.Init(dir, o)
	if err != nil {
		return exitUsage, usageError{err}
	}
	return writeLab(ctx, made, chosen, out)
}

// productID names a product as flags and labs do.
func productID(p *profile.Product) string { return p.Vendor + "/" + p.Product }

// chosenProducts returns the products of those names, all of them without names. Each is there once.
func chosenProducts(folder string, names []string) ([]*profile.Product, error) {
	all, err := products(folder)
	if err != nil || len(names) == 0 {
		return all, err
	}
	var ids []string
	for _, p := range all {
		ids = append(ids, productID(p))
	}
	for _, name := range names {
		if !slices.Contains(ids, name) {
			hint := ""
			if folder == "" {
				hint = "; -vendors adds a folder of further ones"
			}
			return nil, usage("there is no product %q; there are %s%s", name, yamlfile.Choice(ids), hint)
		}
	}
	return slices.DeleteFunc(all, func(p *profile.Product) bool { return !slices.Contains(names, productID(p)) }), nil
}

func addresses(flag string, texts []string) ([]netip.Addr, error) {
	var all []netip.Addr
	for _, text := range texts {
		at, err := netip.ParseAddr(strings.Trim(text, "[]"))
		if err != nil {
			return nil, usage("%s: %q is not an IP address", flag, text)
		}
		all = append(all, at.Unmap())
	}
	return all, nil
}

// advertised reads "A" or "LISTEN=A" for each address that is advertised instead of one to listen at.
func advertised(texts []string, listen []netip.Addr) (map[netip.Addr]netip.Addr, error) {
	all := make(map[netip.Addr]netip.Addr)
	for _, text := range texts {
		from, to, several := strings.Cut(text, "=")
		if !several {
			if len(listen) != 1 {
				return nil, usage("-advertise %s: there are %d addresses to listen at; write LISTEN=%[1]s for the one that is meant", text, len(listen))
			}
			from, to = listen[0].String(), from
		}
		pair, err := addresses("-advertise", []string{from, to})
		if err != nil {
			return nil, err
		}
		all[pair[0]] = pair[1]
	}
	return all, nil
}

// ownAddresses lists the addresses of this machine that a device may reach, for an error.
func ownAddresses() string {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	var usable []string
	for _, a := range found {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil && !prefix.Addr().IsLoopback() && !prefix.Addr().IsLinkLocalUnicast() {
			usable = append(usable, prefix.Addr().String())
		}
	}
	if len(usable) == 0 {
		return ""
	}
	return "; it has " + yamlfile.Choice(usable)
}

// openLab opens a lab, with the products that it is for.
func openLab(dir, vendors string) (*lab.Lab, []*profile.Product, error) {
	l, err := lab.Open(dir)
	if err != nil {
		return nil, nil, usageError{err}
	}
	chosen, err := chosenProducts(vendors, l.Products)
	return l, chosen, err
}

func labShow(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("lab show", flag.ContinueOnError)
	vendors := vendorsFlag(flags)
	dir, err := operand(flags, args, "DIR", "folder", "It prints the setting sheet of the lab in the folder DIR.")
	if err != nil {
		return exitUsage, err
	}
	l, chosen, err := openLab(dir, *vendors)
	if err != nil {
		return exitUsage, err
	}
	made, err := describeLab(l, chosen, "")
	if err != nil {
		return exitHarness, err
	}
	_, err = out.Write(made.sheet.Text())
	return exitDone, err
}

func labServe(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("lab serve", flag.ContinueOnError)
	vendors := vendorsFlag(flags)
	listen := flags.String("listen", "", "address and port to serve HTTP at, such as 192.0.2.1:8080; needed")
	dir, err := operand(flags, args, "DIR", "folder", "It hands out the roots of the lab in the folder DIR, to everybody who "+
		"asks, and the sheet and provisioning files\n"+
		"below a path that only the sheet tells. It hands out no key. It ends when it is interrupted.")
	if err != nil {
		return exitUsage, err
	}
	at, err := netip.ParseAddrPort(*listen)
	switch {
	case *listen == "":
		return exitUsage, usage("-listen is missing: say where to serve, ADDRESS:PORT")
	case err != nil:
		return exitUsage, usage("-listen %q is not an IP address with a port", *listen)
	case at.Addr().Unmap().IsUnspecified():
		return exitUsage, usage("-listen %s: name one address, so that nobody else's network is served%s", *listen, ownAddresses())
	}
	l, chosen, err := openLab(dir, *vendors)
	if err != nil {
		return exitUsage, err
	}
	listener, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at))
	if err != nil {
		return exitUsage, usage("-listen: this machine cannot serve there: %w%s", err, ownAddresses())
	}
	base := "http://" + listener.Addr().String()
	made, err := describeLab(l, chosen, base)
	if err != nil {
		listener.Close()
		return exitHarness, err
	}
	site, err := made.site()
	if err != nil {
		listener.Close()
		return exitHarness, err
	}
	fmt.Fprintf(out, "roots: %s/\nsheet: %s/%s/sheet.html\n", base, base, l.HandoutPath)
	for _, p := range made.sheet.Products {
		if len(p.Phones) > 0 {
			fmt.Fprintf(out, "provisioning of %s: %s/%s/%s/MAKER/, for %s\n", p.ID, base, l.HandoutPath, sheet.Slug(p.ID),
				strings.ToLower(strings.Join(p.Phones, ", ")))
		}
	}
	lines := &lines{out: out}
	site.Sent = func(path, peer string) { fmt.Fprintf(lines, "%s has fetched %s\n", peer, path) }
	err = handout.Serve(ctx, listener, site, func(err error) { complain("lab serve", err) })
	if err != nil {
		return exitHarness, err
	}
	return exitDone, nil
}
