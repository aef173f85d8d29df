package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/lab"
	"github.com/sipconform/sipconform/harness/lab/handout"
	"github.com/sipconform/sipconform/mocks/profile"
)

// labFile is a file of the lab's folder.
type labFile struct {
	name string // with slashes
	data []byte
	mode fs.FileMode
}

// files are those of the lab's folder, beside lab.yaml. What holds a password or a key is for the owner alone, as is
// the folder.
func (m *labMaterial) files() ([]labFile, error) {
	page, err := m.sheet.HTML()
	if err != nil {
		return nil, err
	}
	files := []labFile{{"sheet.txt", m.sheet.Text(), 0o600}, {"sheet.html", page, 0o600}}
	for _, p := range m.of {
		files = append(files, labFile{"roots-" + p.slug + ".pem", p.bundle(), 0o644})
		for _, r := range p.roots {
			files = append(files, labFile{r.name, r.der, 0o644})
		}
		if p.own != nil {
			files = append(files, labFile{"device-" + p.slug + ".pem", p.own.PEM(), 0o600},
				labFile{"device-" + p.slug + ".key.pem", p.own.KeyPEM(), 0o600})
		}
		for _, f := range p.provided {
			files = append(files, labFile{path.Join("provisioning", p.slug, f.Maker, f.Name), f.Text, 0o600})
		}
	}
	return files, nil
}

// writeLab writes the files of a new lab and prints its sheet. If that fails, nothing is left of the lab.
func writeLab(ctx context.Context, l *lab.Lab, chosen []*profile.Product, out io.Writer) (int, error) {
	made, err := describeLab(l, chosen, "")
	if err == nil {
		err = made.write(ctx, l.Dir)
	}
	if err != nil {
		if left := os.RemoveAll(l.Dir); left != nil { // it was empty before
			err = errors.Join(err, fmt.Errorf("the lab is not complete, remove it: %w", left))
		}
		return exitHarness, err
	}
	if _, err := out.Write(made.sheet.Text()); err != nil {
		return exitHarness, err
	}
	fmt.Fprintf(out, "\nAll this is in %s: sheet.html to print, roots, the device's certificate, and provisioning files.\n", l.Dir)
	return exitDone, nil
}

// write writes the files into the lab's folder.
func (m *labMaterial) write(ctx context.Context, dir string) error {
	files, err := m.files()
	if err != nil {
		return err
	}
	for _, f := range files {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		name := filepath.Join(dir, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(name, f.data, f.mode); err != nil {
			return err
		}
	}
	return nil
}

// rootsPage is what is at the root of the handout: certificates, which are no secret, and nothing else.
var rootsPage = template.Must(template.New("roots").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'"><title>Roots of a test lab</title>
<h1>Roots of a test lab</h1>
<p>Import them on a device under test alone, and remove them afterwards.</p>
<ul>
{{range .}}<li><a href="/{{.}}">{{.}}</a></li>
{{end}}</ul>
</html>
`))

// site is what is handed out. Keys and the lab's own file are not in it.
func (m *labMaterial) site() (*handout.Site, error) {
	site := &handout.Site{Pages: make(map[string]handout.Page)}
	page, err := m.sheet.HTML()
	if err != nil {
		return nil, err
	}
	secret := "/" + m.handout + "/"
	site.Pages[secret+"sheet.html"] = handout.Page{Type: "text/html; charset=utf-8", Body: page}
	site.Pages[secret+"sheet.txt"] = handout.Page{Type: "text/plain; charset=utf-8", Body: m.sheet.Text()}
	var names []string
	add := func(name, media string, body []byte) {
		names = append(names, name)
		site.Pages["/"+name] = handout.Page{Type: media, Body: body}
	}
	for _, p := range m.of {
		add("roots-"+p.slug+".pem", handout.PEM, p.bundle())
		for _, r := range p.roots {
			add(r.name, handout.DER, r.der)
			add(strings.TrimSuffix(r.name, ".crt")+".pem", handout.PEM, r.pem())
		}
		for _, f := range p.provided {
			site.Pages[secret+path.Join(p.slug, f.Maker, f.Name)] = handout.Page{Type: f.Type, Body: f.Text}
		}
	}
	slices.Sort(names)
	var index bytes.Buffer
	if err := rootsPage.Execute(&index, names); err != nil {
		return nil, err
	}
	site.Pages["/"] = handout.Page{Type: "text/html; charset=utf-8", Body: index.Bytes()}
	site.Alias = m.alias
	return site, nil
}

// alias returns the path of the file that a phone wants that asks for one by its model or its own address.
func (m *labMaterial) alias(asked string) string {
	folder, name := path.Split(asked)
	for _, p := range m.of {
		for _, f := range p.provided {
			if at := "/" + path.Join(m.handout, p.slug, f.Maker) + "/"; folder == at && f.Answers(name) {
				return at + f.Name
			}
		}
	}
	return ""
}
