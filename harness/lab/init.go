package lab

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// Options are what a new lab is made with. Products and Listen are required.
type Options struct {
	Name     string   // the customer's name at the vendor; empty: a [NewName]
	Products []string // such as "twilio/voice"
	// Domains are the DNS names that the roots may vouch for, each with what is below it. Those of [Reserved] are
	// permitted beside them.
	Domains    []string
	Listen     []netip.Addr
	DNS        netip.AddrPort
	Advertised map[netip.Addr]netip.Addr
	// NotCritical is [certs.Constraints.NotCritical].
	NotCritical bool
	// Created is the date of the lab; zero: now.
	Created time.Time
}

// Reserved are the domains that nobody can have: those of RFC 2606, and those of package certs. Certificates with wrong
// names and those of devices are for names below them.
func Reserved() []string {
	return append(certs.RecipeDomains(), "example", "example.com", "example.net", "example.org", "test")
}

// The letters of names and passwords: none looks like another, and each is on every phone's keys.
const (
	letters   = "abcdefghjkmnpqrstuvwxyz"
	digits    = "23456789"
	readable  = letters + digits
	passwordN = 16 // 79 bits
	handoutN  = 28 // 138 bits
	secretN   = 32 // bytes
)

// NewName returns a name for the customer that hardly any other lab has.
func NewName() string { return "lab" + random(5, readable) }

// Init makes a lab in a folder, which must be empty or not be there, and opens it. Only its owner can read the folder.
func Init(dir string, o Options) (*Lab, error) {
	if o.Created.IsZero() {
		o.Created = time.Now()
	}
	if o.Name == "" {
		o.Name = NewName()
	}
	l := &Lab{
		Dir: dir, Name: o.Name, Created: o.Created.UTC().Truncate(time.Second),
		Account:  Account{User: "phone" + random(3, digits), Password: random(passwordN, readable)},
		Products: o.Products, Listen: unmapped(o.Listen), DNS: o.DNS, HandoutPath: random(handoutN, readable),
		secret: make([]byte, secretN),
	}
	rand.Read(l.secret) // never fails: the program would end
	for from, to := range o.Advertised {
		if l.Advertised == nil {
			l.Advertised = make(map[netip.Addr]netip.Addr)
		}
		l.Advertised[from.Unmap()] = to.Unmap()
	}
	if err := l.check(); err != nil {
		return nil, err
	}
	l.Constraints = certs.Constraints{
		Domains: certs.Outermost(slices.Concat(o.Domains, Reserved())), Addresses: l.addresses(), NotCritical: o.NotCritical,
	}
	if err := l.found(time.Now()); err != nil {
		return nil, err
	}
	if err := vacant(dir); err != nil {
		return nil, err
	}
	if err := l.write(); err != nil {
		return nil, err
	}
	return l, nil
}

// vacant makes the folder, unless it is there and empty, and keeps others out of it.
func vacant(dir string) error {
	if err := os.Mkdir(dir, 0o700); !errors.Is(err, fs.ErrExist) {
		return err
	}
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return errors.Join(err, fmt.Errorf("%s is not a folder: name one that is not there yet", dir))
	}
	there, err := os.ReadDir(dir)
	switch {
	case err != nil:
		return err
	case slices.ContainsFunc(there, func(e fs.DirEntry) bool { return e.Name() == FileName }):
		return fmt.Errorf("%s holds a lab already: sipconform lab show prints its sheet; name another folder for another lab", dir)
	case len(there) > 0:
		return fmt.Errorf("%s is not empty: name a folder that is not there yet", dir)
	}
	return os.Chmod(dir, 0o700)
}

// write writes the lab's file, which must not be there.
func (l *Lab) write() error {
	file, err := os.OpenFile(filepath.Join(l.Dir, FileName), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	text, err := l.encode()
	if err == nil {
		_, err = file.Write(text)
	}
	return errors.Join(err, file.Close())
}

var label = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$`)

// check says what is wrong with what a user has chosen.
func (l *Lab) check() error {
	switch {
	case !label.MatchString(l.Name):
		return fmt.Errorf("the name %q is not a DNS label: use up to 32 lower-case letters, digits and hyphens, a letter first", l.Name)
	case len(l.Products) == 0:
		return errors.New("there is no product: name one, such as twilio/voice")
	case len(l.Listen) == 0:
		return errors.New("there is no address to listen at: name one of this machine's, which the device can reach")
	case l.DNS.IsValid() && l.DNS.Port() == 0:
		return fmt.Errorf("the DNS server %v has no port: write %v", l.DNS.Addr(), netip.AddrPortFrom(l.DNS.Addr(), 53))
	}
	if l.DNS.IsValid() {
		if _, err := vendor.Usable(l.DNS.Addr()); err != nil {
			return fmt.Errorf("the DNS server: %w", err)
		}
	}
	for i, at := range l.Listen {
		if _, err := vendor.Usable(at); err != nil {
			return fmt.Errorf("the address to listen at: %w", err)
		}
		if slices.Contains(l.Listen[:i], at) {
			return fmt.Errorf("the address %v is there twice", at)
		}
	}
	for from, to := range l.Advertised {
		if !slices.Contains(l.Listen, from) {
			return fmt.Errorf("%v is advertised for %v, where nothing listens: name one of the addresses to listen at", to, from)
		}
		if _, err := vendor.Usable(to); err != nil {
			return fmt.Errorf("the advertised address: %w", err)
		}
	}
	return nil
}

func unmapped(all []netip.Addr) []netip.Addr {
	plain := make([]netip.Addr, len(all))
	for i, at := range all {
		plain[i] = at.Unmap()
	}
	return plain
}

// random returns n letters of an alphabet of at most 256, each as likely as any other.
func random(n int, alphabet string) string {
	text := make([]byte, 0, n)
	fair := 256 - 256%len(alphabet)
	for one := make([]byte, 1); len(text) < n; {
		rand.Read(one)
		if int(one[0]) < fair {
			text = append(text, alphabet[int(one[0])%len(alphabet)])
		}
	}
	return string(text)
}
