package profile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"

	"github.com/sipconform/sipconform/internal/userfile"
	"github.com/sipconform/sipconform/internal/yamlfile"
)

// Parse reads one product's file. The error joins a [*yamlfile.Fault] for each mistake, in the order of their lines.
func Parse(name string, data []byte) (*Product, error) {
	document, fault := yamlfile.Parse(name, data, "a product")
	if fault != nil {
		return nil, fault
	}
	p := &Product{File: name}
	if faults := document.Decode(p); faults != nil {
		return nil, join(faults)
	}
	p.inherit()
	p.locate(document)
	if faults := check(p, document); faults != nil {
		return nil, join(faults)
	}
	return p, nil
}

// join sorts faults by line and joins them to one error.
func join(faults []*yamlfile.Fault) error {
	slices.SortStableFunc(faults, (*yamlfile.Fault).Compare)
	errs := make([]error, len(faults))
	for i, f := range faults {
		errs[i] = f
	}
	return errors.Join(errs...)
}

// read reads a file that may be a user's.
func read(files fs.FS, name string) ([]byte, error) {
	return userfile.Read(context.Background(), files, name, userfile.MaxText)
}

// Read reads the file of one product of a vendor's, dir/VENDOR-PRODUCT.yaml.
func Read(files fs.FS, dir, vendor, product string) (*Product, error) {
	name := path.Join(dir, vendor+"-"+product+".yaml")
	data, err := read(files, name)
	if err != nil {
		return nil, fmt.Errorf("profile: %s has no product %q: %w", vendor, product, err)
	}
	return Parse(name, data)
}

// Load reads every product below dir of files, in the order of their names. The error is that of every file.
func Load(files fs.FS, dir string) ([]*Product, error) {
	names, err := userfile.Glob(files, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	products, errs := make([]*Product, len(names)), make([]error, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		data, err := read(files, name)
		if err != nil {
			all.Wait()
			return nil, fmt.Errorf("profile: %w", err)
		}
		all.Go(func() { products[i], errs[i] = Parse(name, data) })
	}
	all.Wait()
	for i, p := range products {
		if errs[i] == nil {
			errs[i] = second(products[:i], p)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return products, nil
}

// second returns an error if a product is the second of its vendor's that is said to be the most used.
func second(before []*Product, p *Product) error {
	for _, other := range before {
		if other != nil && p.MostUsed && other.MostUsed && other.Vendor == p.Vendor {
			return fmt.Errorf("%s: most_used is said of %s already, in %s: remove it from one of the two", p.File, other.Product, other.File)
		}
	}
	return nil
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

// locate notes the lines that later errors are about: of the prefix, the chapters and their rows, and the core.
func (p *Product) locate(document *yamlfile.Document) {
	p.PrefixLine = document.Line(yamlfile.Path{"prefix"})
	for i := range p.Chapters {
		c, place := &p.Chapters[i], yamlfile.Path{"chapters", i}
		c.Line = document.Line(place)
		for j := range c.Rows {
			c.Rows[j].Line = document.Line(place.To("rows", j))
		}
	}
	for i := range p.Core {
		for j := range p.Core[i].Scenarios {
			p.Core[i].Lines = append(p.Core[i].Lines, document.Line(yamlfile.Path{"core", i, "scenarios", j}))
		}
	}
}
