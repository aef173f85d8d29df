package lab

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/internal/userfile"
	"github.com/sipconform/sipconform/internal/yamlfile"
)

// version is that of the file's form.
const version = 1

// maxFile bounds the file, in bytes.
const maxFile = 64 << 10

// file is lab.yaml.
type file struct {
	Version int    `yaml:"version"`
	Name    string `yaml:"name"`
	Created string `yaml:"created"` // RFC 3339
	Account struct {
		User     string `yaml:"user"`
		Password string `yaml:"password"`
	} `yaml:"account"`
	Products    []string          `yaml:"products"`
	Listen      []string          `yaml:"listen"`
	DNS         string            `yaml:"dns,omitempty"`
	Advertised  map[string]string `yaml:"advertised,omitempty"`
	Domains     []string          `yaml:"domains"`
	NotCritical bool              `yaml:"not_critical,omitempty"`
	Handout     string            `yaml:"handout"`
	Secret      string            `yaml:"secret"` // hexadecimal
}

const heading = `# A lab of sipconform: what a device is configured with once, and what its certificates follow from.
# It holds secrets. Whoever has them can speak for the vendor to every device that trusts the lab's roots.
# The roots change if name, created, domains or addresses do, and then every device needs the new ones: make another lab instead.
`

// encode returns the lab as the content of its file.
func (l *Lab) encode() ([]byte, error) {
	f := file{
		Version: version, Name: l.Name, Created: l.Created.Format(time.RFC3339), Products: l.Products,
		Domains: l.Constraints.Domains, NotCritical: l.Constraints.NotCritical, Handout: l.HandoutPath, Secret: hex.EncodeToString(l.secret),
	}
	f.Account.User, f.Account.Password = l.Account.User, l.Account.Password
	for _, at := range l.Listen {
		f.Listen = append(f.Listen, at.String())
	}
	if l.DNS.IsValid() {
		f.DNS = l.DNS.String()
	}
	for from, to := range l.Advertised {
		if f.Advertised == nil {
			f.Advertised = make(map[string]string)
		}
		f.Advertised[from.String()] = to.String()
	}
	text := bytes.NewBufferString(heading)
	encoder := yaml.NewEncoder(text)
	encoder.SetIndent(2)
	err := encoder.Encode(f)
	return text.Bytes(), errors.Join(err, encoder.Close())
}

// Open opens the lab in a folder. A lab that others than its owner may read is an error.
func Open(dir string) (*Lab, error) { return openAt(dir, time.Now()) }

// openAt opens a lab at a time.
func openAt(dir string, at time.Time) (*Lab, error) {
	path := filepath.Join(dir, FileName)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s holds no lab, since there is no %s in it: sipconform lab init makes one", dir, FileName)
	case err != nil:
		return nil, err
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("others may read or change %s (mode %04o), which has secrets: chmod 600 it", path, info.Mode().Perm())
	}
	data, err := userfile.ReadFile(context.Background(), path, maxFile)
	if err != nil {
		return nil, err
	}
	l, err := decode(path, data)
	if err != nil {
		return nil, err
	}
	l.Dir = dir
	if err := l.found(at); err != nil {
		return nil, err
	}
	return l, nil
}

// decode reads the content of a lab's file.
func decode(path string, data []byte) (*Lab, error) {
	document, fault := yamlfile.Parse(path, data, "what sipconform lab init writes")
	if fault != nil {
		return nil, fault
	}
	var f file
	if faults := document.Decode(&f); faults != nil {
		return nil, joined(faults)
	}
	r := reader{document: document}
	l := &Lab{
		Name: f.Name, Account: Account{User: f.Account.User, Password: f.Account.Password}, Products: f.Products,
		Constraints: certs.Constraints{Domains: f.Domains, NotCritical: f.NotCritical}, HandoutPath: f.Handout,
	}
	if f.Version != version {
		r.wrong(yamlfile.Path{"version"}, "the version is %d, and this program reads version %d", f.Version, version)
	}
	var err error
	if l.Created, err = time.Parse(time.RFC3339, f.Created); err != nil {
		r.wrong(yamlfile.Path{"created"}, "%q is not a time such as 2026-01-31T12:00:00Z", f.Created)
	}
	l.Created = l.Created.UTC()
	if l.secret, err = hex.DecodeString(f.Secret); err != nil || len(l.secret) < certs.MinSecret {
		r.wrong(yamlfile.Path{"secret"}, "the secret is not %d hexadecimal digits or more", 2*certs.MinSecret)
	}
	for i, text := range f.Listen {
		l.Listen = append(l.Listen, r.address(yamlfile.Path{"listen", i}, text))
	}
	if f.DNS != "" {
		if l.DNS, err = netip.ParseAddrPort(f.DNS); err != nil {
			r.wrong(yamlfile.Path{"dns"}, "%q is not an IP address with a port, such as 192.0.2.1:53", f.DNS)
		}
	}
	for from, to := range f.Advertised {
		if l.Advertised == nil {
			l.Advertised = make(map[netip.Addr]netip.Addr)
		}
		l.Advertised[r.address(yamlfile.Path{"advertised", from}, from)] = r.address(yamlfile.Path{"advertised", from}, to)
	}
	if l.Account.User == "" || l.Account.Password == "" {
		r.wrong(yamlfile.Path{"account"}, "the account has no user or no password")
	}
	if !handout.MatchString(l.HandoutPath) {
		r.wrong(yamlfile.Path{"handout"}, "the path is not 20 letters and digits or more")
	}
	if len(r.faults) > 0 {
		return nil, joined(r.faults)
	}
	if err := l.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	l.Constraints.Addresses = l.addresses()
	return l, nil
}

var handout = regexp.MustCompile(`^[a-z0-9]{20,100}$`)

// reader collects the faults of a file.
type reader struct {
	document *yamlfile.Document
	faults   []*yamlfile.Fault
}

func (r *reader) wrong(place yamlfile.Path, format string, args ...any) {
	r.faults = append(r.faults, r.document.Fault(place, format, args...))
}

func (r *reader) address(place yamlfile.Path, text string) netip.Addr {
	at, err := netip.ParseAddr(text)
	if err != nil {
		r.wrong(place, "%q is not an IP address", text)
	}
	return at.Unmap()
}

func joined(faults []*yamlfile.Fault) error {
	errs := make([]error, len(faults))
	for i, f := range faults {
		errs[i] = f
	}
	return errors.Join(errs...)
}
