package certfiles

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// The names of the indices.
const (
	IndexFile = "index.json"
	PageFile  = "index.md"
)

// writer writes files below a folder, which is its user's alone to change.
type writer struct {
	ctx context.Context
	dir string
	err error // the first
}

func (w *writer) file(name string, data []byte, mode fs.FileMode) {
	if w.err == nil && w.ctx.Err() != nil {
		w.err = context.Cause(w.ctx)
	}
	if w.err != nil {
		return
	}
	at := filepath.Join(w.dir, filepath.FromSlash(name))
	if w.err = os.MkdirAll(filepath.Dir(at), 0o755); w.err == nil {
		w.err = os.WriteFile(at, data, mode)
	}
}

// Write writes the certificates of the products and the indices into a folder, which must be there and empty. The same options
// give the same bytes. Private keys are for the folder's owner alone.
func Write(ctx context.Context, dir string, o Options) (*Index, error) {
	forge, err := o.forge()
	if err != nil {
		return nil, err
	}
	index := &Index{Schema: Schema, Seed: o.Seed, At: o.At, Bounds: o.Bounds}
	w := &writer{ctx: ctx, dir: dir}
	for _, p := range o.Products {
		one, err := w.product(&o, forge, p)
		if err != nil {
			return nil, err
		}
		index.Products = append(index.Products, one)
	}
	text, err := json.MarshalIndent(index, "", "  ")
	if err != nil {
		return nil, err
	}
	page, err := index.page()
	if err != nil {
		return nil, err
	}
	w.file(IndexFile, append(text, '\n'), 0o644)
	w.file(PageFile, page, 0o644)
	return index, w.err
}

// product writes the files of one product.
func (w *writer) product(o *Options, forge *certs.Forge, p *profile.Product) (Product, error) {
	one := Product{
		Product: p.Vendor + "/" + p.Product, Title: p.Title, Speaks: "sip", Folder: p.Vendor + "-" + p.Product,
	}
	if p.HTTPS != nil {
		one.Speaks = "https"
	}
	m, err := newMaker(o, forge, p)
	if err != nil {
		return one, err
	}
	bundle, err := vendor.Bundle(forge, p)
	if err != nil {
		return one, err
	}
	one.Bundle = path.Join(one.Folder, "roots.pem")
	w.file(one.Bundle, bundle, 0o644)
	for _, r := range p.Certificate.Roots {
		var block *pem.Block
		block, bundle = pem.Decode(bundle)
		root := Root{r.Name, r.CommonName, path.Join(one.Folder, "roots", r.Name+".pem")}
		w.file(root.File, pem.EncodeToMemory(block), 0o644)
		one.Roots = append(one.Roots, root)
	}
	all, err := m.all()
	if err != nil {
		return one, err
	}
	for _, c := range all {
		c.Service = o.Serves(p, c.Name)
		if err := w.certificate(&c, one.Folder); err != nil {
			return one, err
		}
		one.Certificates = append(one.Certificates, c.Certificate)
	}
	return one, w.err
}

// certificate writes the files of one certificate, and completes what the index says of it.
func (w *writer) certificate(c *made, folder string) error {
	c.Folder = path.Join(folder, map[Kind]string{Good: "good", Defect: "defects", Own: "device"}[c.Kind], c.Name)
	if c.Kind == Own {
		c.Folder = path.Dir(c.Folder)
	}
	at := func(name string) string { return path.Join(c.Folder, name) }
	c.Files = Files{Leaf: at("leaf.pem"), Chain: at("chain.pem"), Key: at("key.pem"), Root: at("root.pem")}
	chain := c.of.PEM()
	_, rest := pem.Decode(chain)
	w.file(c.Files.Chain, chain, 0o644)
	w.file(c.Files.Leaf, chain[:len(chain)-len(rest)], 0o644)
	if len(rest) > 0 {
		c.Files.Intermediates = at("intermediates.pem")
		w.file(c.Files.Intermediates, rest, 0o644)
	}
	w.file(c.Files.Key, c.of.KeyPEM(), 0o600)
	w.file(c.Files.Root, c.of.RootPEM(), 0o644)
	lists, err := c.of.CRLs()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	for _, list := range lists {
		text.Write(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: list}))
	}
	if text.Len() > 0 {
		c.Files.CRL = at("crl.pem")
		w.file(c.Files.CRL, text.Bytes(), 0o644)
	}
	if c.Cause == certs.CauseRevoked {
		c.Files.RootAndCRL = at("root-and-crl.pem")
		w.file(c.Files.RootAndCRL, append(c.of.RootPEM(), text.Bytes()...), 0o644)
	}
	c.commands()
	return w.err
}
