package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/sipconform/sipconform/harness/certfiles"
	"github.com/sipconform/sipconform/mocks/profile"
)

// writeCerts writes certificates, and every defect of one, as files for other tools.
func writeCerts(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("certs", flag.ContinueOnError)
	vendors := vendorsFlag(flags)
	var wanted words
	flags.Var(&wanted, "product", "a product whose certificates are written, such as twilio/voice; may be repeated; all if there is none")
	host := flags.String("host", "", "host that the certificates are for, such as sip.lab.example; that of each product if empty")
	address := flags.String("address", "127.0.0.1", "IP address of the host, for the defects that are about an address")
	seed := flags.String("seed", "", "number that all keys follow from, so that the same one gives the same keys; a random one if empty")
	at := flags.String("at", "", "time around which everything is dated, such as 2026-01-31T12:00:00Z; now if empty")
	bounds := flags.String("constraints", string(certfiles.Critical), "whether the roots say for which names they may vouch: critical,\n"+
		"noncritical for clients that take no root with that critical extension, such as those with mbed TLS, or none")
	dir, err := operand(flags, args, "OUT", "folder", "It writes the CA hierarchies of the vendors' products, good "+
		"certificates, and one for each defect that a\n"+
		"certificate can have, as PEM files, into OUT: a folder that is not there yet, or empty. OUT/index.md says what is\n"+
		"wrong with each, who has to refuse it, and how to try it with openssl; OUT/index.json says it for programs.\n"+
		"Whoever knows the seed has the keys: import the roots on a device under test alone.")
	if err != nil {
		return exitUsage, err
	}
	o, err := certsOptions(*host, *address, *seed, *at, *bounds)
	if err != nil {
		return exitUsage, err
	}
	if o.Products, err = chosenProducts(*vendors, wanted); err != nil {
		return exitUsage, err
	}
	known, err := library(*vendors)
	if err != nil {
		return exitHarness, err
	}
	o.Serves = func(p *profile.Product, name string) certfiles.Service { return serves(p, name, known.Scenarios) }
	_, missing := os.Lstat(dir)
	if err := vacant(dir); err != nil {
		return exitUsage, usageError{err}
	}
	index, err := certfiles.Write(ctx, dir, o)
	if err != nil {
		return exitHarness, errors.Join(err, discard(dir, errors.Is(missing, os.ErrNotExist)))
	}
	good, defects := 0, 0
	for _, p := range index.Products {
		for _, c := range p.Certificates {
			if c.Kind == certfiles.Defect {
				defects++
			} else {
				good++
			}
		}
	}
	_, err = fmt.Fprintf(out, "%s holds %d good certificates and %d with a defect, from the seed %d; products: %d\nread %s\n",
		dir, good, defects, index.Seed, len(index.Products), filepath.Join(dir, certfiles.PageFile))
	return exitDone, err
}

// certsOptions reads the flags that say what is made.
func certsOptions(host, address, seed, at, bounds string) (o certfiles.Options, err error) {
	o.Host, o.Bounds = host, certfiles.Bounds(bounds)
	if host != "" {
		if err := certfiles.CheckHost(host); err != nil {
			return o, usage("-host: %w", err)
		}
	}
	if o.Address, err = netip.ParseAddr(address); err != nil || o.Address.Zone() != "" {
		return o, usage("-address %q is not an IP address", address)
	}
	if o.Seed, err = strconv.ParseUint(seed, 10, 64); err != nil && seed != "" {
		return o, usage("-seed %q is not a number from 0 to 18446744073709551615", seed)
	}
	if seed == "" {
		random := make([]byte, 8)
		rand.Read(random) // never fails: the program would end
		o.Seed = binary.BigEndian.Uint64(random)
	}
	if at != "" {
		if o.At, err = time.Parse(time.RFC3339, at); err != nil {
			return o, usage("-at %q is not a time such as 2026-01-31T12:00:00Z", at)
		}
	}
	if all := []certfiles.Bounds{certfiles.Critical, certfiles.NonCritical, certfiles.None}; !slices.Contains(all, o.Bounds) {
		return o, usage("-constraints %q: use critical, noncritical or none", bounds)
	}
	return o, nil
}

// discard removes what was written into a folder that was empty, and the folder if it was not there.
func discard(dir string, own bool) error {
	there, err := os.ReadDir(dir)
	errs := []error{err}
	for _, e := range there {
		errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	if own {
		errs = append(errs, os.Remove(dir))
	}
	return errors.Join(errs...)
}
