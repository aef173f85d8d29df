package provision

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"text/template"
)

// Folder is where the templates are.
const Folder = "provisioning"

// File is a configuration file of a maker's phones.
type File struct {
	Maker string // its folder: "yealink"
	Name  string // "y000000000000.cfg"
	Type  string // the media type
	Text  []byte
	// asked matches the names under which phones ask for the file, by model or by their own address.
	asked *regexp.Regexp
}

// Answers tells whether a phone that asks for a name in the maker's folder wants the file.
func (f File) Answers(name string) bool {
	return name == f.Name || f.asked != nil && f.asked.MatchString(name)
}

// kinds are the files that there are. The first of a maker that answers to a name is sent.
var kinds = []struct {
	maker, name, template string
	format                format
	asked                 *regexp.Regexp
}{
	{"yealink", "y000000000000.cfg", "yealink.cfg.tmpl", asLine, regexp.MustCompile(`^(y0000000000[0-9]{2}|[0-9a-f]{12})\.cfg$`)},
	{"snom", "snom.xml", "snom.xml.tmpl", asXML, regexp.MustCompile(`^snom[A-Za-z0-9-]{0,40}\.(htm|xml)$`)},
	{"poly", "000000000000.cfg", "poly-master.cfg.tmpl", asXML, regexp.MustCompile(`^[0-9a-f]{12}\.cfg$`)},
	{"poly", "sipconform.cfg", "poly.cfg.tmpl", asXML, nil},
	{"grandstream", "cfg.xml", "grandstream.xml.tmpl", asXML, regexp.MustCompile(`^cfg[0-9a-z]{1,20}\.xml$`)},
	{"cisco", "SEP000000000000.cnf.xml", "cisco.cnf.xml.tmpl", asXML, regexp.MustCompile(`^SEP[0-9A-F]{12}\.cnf\.xml$`)},
}

// Makers are the makers whose phones there are files for.
func Makers() []string { return []string{"Yealink", "Snom", "Poly", "Grandstream", "Cisco"} }

// Files writes the files of every maker.
func Files(fsys fs.FS, s Settings) ([]File, error) {
	var files []File
	for _, k := range kinds {
		text, err := render(fsys, k.template, s, k.format)
		if err != nil {
			return nil, fmt.Errorf("provision: %s: %w", k.template, err)
		}
		media := "text/plain; charset=utf-8"
		if bytes.HasPrefix(text, []byte("<?xml")) {
			media = "application/xml"
		}
		files = append(files, File{Maker: k.maker, Name: k.name, Type: media, Text: text, asked: k.asked})
	}
	return files, nil
}

func render(fsys fs.FS, name string, s Settings, f format) ([]byte, error) {
	t, err := template.New(name).Option("missingkey=error").ParseFS(fsys, path.Join(Folder, name))
	if err != nil {
		return nil, err
	}
	escaped, err := s.in(f)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = t.Execute(&text, escaped)
	return text.Bytes(), err
}
