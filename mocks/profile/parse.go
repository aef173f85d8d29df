package profile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// Parse reads one product's file. Errors name the file, and the line where YAML knows it.
func Parse(name string, data []byte) (*Product, error) {
	p := new(Product)
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(p); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("profile %s: the file is empty", name)
	} else if err != nil {
		return nil, fmt.Errorf("profile %s: %w", name, err)
	}
	p.File = name
	p.inherit()
	if err := p.locate(data); err != nil {
		return nil, fmt.Errorf("profile %s: %w", name, err)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("profile %s: %w", name, err)
	}
	return p, nil
}

// Read reads the file of one product of a vendor's, dir/VENDOR-PRODUCT.yaml.
func Read(files fs.FS, dir, vendor, product string) (*Product, error) {
	name := path.Join(dir, vendor+"-"+product+".yaml")
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, fmt.Errorf("profile: %s has no product %q: %w", vendor, product, err)
	}
	return Parse(name, data)
}

// Load reads every product below dir of files, in the order of their names.
func Load(files fs.FS, dir string) ([]*Product, error) {
	names, err := fs.Glob(files, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	var products []*Product
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("profile: %w", err)
		}
		p, err := Parse(name, data)
		if err != nil {
			return nil, err
		}
		products = append(products, p)
	}
	return products, nil
}

// inherit fills in what revisions leave out, from the revision before.
func (p *Product) inherit() {
	for i := 1; i < len(p.Revisions); i++ {
		r, before := &p.Revisions[i], p.Revisions[i-1]
		if r.TLS.Suites == nil {
			r.TLS.Suites = before.TLS.Suites
		}
		if r.TLS.SuitesBy == nil {
			r.TLS.SuitesBy = before.TLS.SuitesBy
		}
		if r.TLS.Groups == nil {
			r.TLS.Groups = before.TLS.Groups
		}
		if r.Ports == nil {
			r.Ports = before.Ports
		}
		if r.Refusals == nil {
			r.Refusals = before.Refusals
		}
	}
}

func (p *Product) check() error {
	for _, needed := range []struct {
		field   string
		missing bool
	}{
		{"vendor", p.Vendor == ""}, {"product", p.Product == ""}, {"domain", p.Domain == ""},
		{"certificate.names", len(p.Certificate.Names) == 0 && p.HTTPS == nil}, {"certificate.roots", len(p.Certificate.Roots) == 0},
		{"revisions", len(p.Revisions) == 0},
	} {
		if needed.missing {
			return fmt.Errorf("%s is missing", needed.field)
		}
	}
	if err := errors.Join(p.checkOffer(), p.checkNames(), p.checkHTTPS()); err != nil {
		return err
	}
	if r := p.Registrar; r != nil && (r.MaxContacts < 1 || r.MinExpires < 0 || r.MaxExpires < max(1, r.MinExpires)) {
		return fmt.Errorf("registrar: needs max_contacts above 0, and max_expires above 0 and not below min_expires")
	}
	from, names := "", make(map[string]bool)
	for _, r := range p.Revisions {
		if _, err := time.Parse(time.DateOnly, r.From); err != nil || r.Revision == "" {
			return fmt.Errorf("revision %q: needs a name, and from a date like 2022-04-01, not %q", r.Revision, r.From)
		}
		if r.From < from {
			return fmt.Errorf("revision %q begins before the one listed ahead of it; list the oldest first", r.Revision)
		}
		if names[r.Revision] {
			return fmt.Errorf("two revisions are called %q", r.Revision)
		}
		from, names[r.Revision] = r.From, true
		if err := p.checkRevision(r); err != nil {
			return fmt.Errorf("revision %s: %w", r.Revision, err)
		}
	}
	return nil
}

// checkOffer checks what calls to a device need.
func (p *Product) checkOffer() error {
	for _, code := range []string{p.Offer.Unreachable, p.Offer.InsecureBinding} {
		if _, known := p.Codes[code]; code != "" && !known {
			return fmt.Errorf("offer: code %s is not in codes", code)
		}
	}
	templates := append([]string{p.Offer.Contact}, p.Offer.RecordRoute...)
	for _, h := range p.Offer.Headers {
		templates = append(templates, h.Value)
	}
	for _, text := range templates {
		if _, err := (OfferFields{}).Expand(text); err != nil {
			return fmt.Errorf("offer: %w", err)
		}
	}
	return nil
}

// checkNames checks what the certificates of either side are made of.
func (p *Product) checkNames() error {
	for _, name := range p.Certificate.Names {
		if _, err := (NameFields{}).Expand(name); err != nil {
			return fmt.Errorf("certificate.names: %w", err)
		}
	}
	if v := p.DeviceVerification; v != nil && len(v.Roots) == 0 {
		return errors.New("device_verification.roots is missing; leave device_verification out where nothing is known")
	}
	if p.Trunk != nil && (p.Trunk.Context == "" || p.Trunk.Host == "") {
		return errors.New("trunk: needs a context and a host")
	}
	return nil
}

// checkHTTPS checks the sites of an API.
func (p *Product) checkHTTPS() error {
	if p.HTTPS == nil {
		return nil
	}
	if len(p.HTTPS.Endpoints) == 0 {
		return errors.New("https.endpoints is missing")
	}
	names := make(map[string]bool)
	for _, e := range p.HTTPS.Endpoints {
		if e.Name == "" || len(e.Sites) == 0 || names[e.Name] {
			return fmt.Errorf("https: endpoint %q: needs a name of its own, and sites", e.Name)
		}
		names[e.Name] = true
		hosts := make(map[string]bool)
		for _, s := range e.Sites {
			if s.Host == "" || len(s.Names) == 0 || hosts[s.Host] {
				return fmt.Errorf("https: endpoint %s: site %q: needs a host of its own, and names", e.Name, s.Host)
			}
			hosts[s.Host] = true
			if s.Serves != "" && s.Serves != ServesTLSTest && s.Serves != ServesStatus {
				return fmt.Errorf("https: endpoint %s: site %s serves %q; it can serve %s, %s or nothing",
					e.Name, s.Host, s.Serves, ServesTLSTest, ServesStatus)
			}
			for _, text := range append([]string{s.Host}, s.Names...) {
				if _, err := (NameFields{}).Expand(text); err != nil {
					return fmt.Errorf("https: endpoint %s: %w", e.Name, err)
				}
			}
		}
	}
	for kind, days := range p.HTTPS.NoticeDays {
		if days < 0 {
			return fmt.Errorf("https.notice_days: %d for %s", days, kind)
		}
	}
	return nil
}

func (p *Product) checkRevision(r Revision) error {
	settings := p.SettingsOf(r)
	for name, setting := range settings {
		if !slices.Contains(setting.Values, setting.Default) {
			return fmt.Errorf("setting %s: default %q is not one of its values %q", name, setting.Default, setting.Values)
		}
	}
	if _, known := settings[p.Offer.SecureSetting]; !known && (p.Offer.SecureSetting != "" || len(p.Offer.Formats) > 0) {
		return fmt.Errorf("offer.secure_setting: there is no setting %q", p.Offer.SecureSetting)
	}
	if v := p.DeviceVerification; v != nil {
		if err := v.check(settings); err != nil {
			return fmt.Errorf("device_verification.%w", err)
		}
	}
	if r.Ports != nil {
		if err := r.Ports.check(settings); err != nil {
			return err
		}
	}
	for _, choices := range [][]Choice{r.TLS.SuitesBy, p.Answer.SuitesBy, p.Offer.SuitesBy} {
		for i, c := range choices {
			if err := occurs(c.When, settings); err != nil {
				return fmt.Errorf("suites_by %d: %w", i+1, err)
			}
		}
	}
	for i, refusal := range r.Refusals {
		if err := refusal.check(p.Codes); err != nil {
			return fmt.Errorf("refusal %d: %w", i+1, err)
		}
	}
	return nil
}
