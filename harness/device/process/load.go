package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/sipconform/sipconform/internal/userfile"
	"github.com/sipconform/sipconform/internal/yamlfile"
)

// LoadFile reads the descriptor in a file such as "./my-phone/device.yaml", or the device.yaml in a folder.
func LoadFile(ctx context.Context, file string) (*Descriptor, error) {
	info, err := os.Stat(file)
	if err != nil { // which names the path as the user gave it
		return nil, fmt.Errorf("cannot read the device descriptor: %w", err)
	}
	if info.IsDir() {
		file = filepath.Join(file, "device.yaml")
	}
	folder, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	d, err := Load(ctx, userfile.Dir(folder), filepath.Base(file))
	if err != nil {
		if broken, ok := errors.AsType[*BrokenDescriptor](err); ok {
			broken.File = filepath.Join(filepath.Dir(file), broken.File)
		}
		return nil, err
	}
	d.path = folder
	return d, nil
}

// Load reads the descriptor in the file name of fsys, and the files that it refers to. A mistake in them is a
// [*BrokenDescriptor]. Loading ends with the cause of ctx when ctx ends.
func Load(ctx context.Context, fsys fs.FS, name string) (*Descriptor, error) {
	content, err := userfile.Read(ctx, fsys, name, userfile.MaxText)
	if err != nil {
		return nil, fmt.Errorf("cannot read the device descriptor: %w", err)
	}
	d, document, fault := parse(name, content)
	if fault != nil {
		return nil, &BrokenDescriptor{File: name, Line: fault.Line, Err: errors.New(fault.What)}
	}
	d.fsys, d.folder = fsys, path.Dir(name)
	err = d.check(ctx)
	switch {
	case err == nil:
		return d, nil
	case ctx.Err() != nil:
		return nil, err
	}
	broken := &BrokenDescriptor{File: name, Err: err}
	if p, ok := errors.AsType[*problem](err); ok {
		broken.Line = p.Line
		if p.File != "" {
			broken.File = path.Join(path.Dir(name), p.File)
		}
		if p.Line == 0 && p.Path != nil {
			broken.Line = document.Line(p.Path)
		}
	}
	return nil, broken
}

// BrokenDescriptor is a mistake in a descriptor or in one of its files. Its text is one sentence that says where the mistake
// is and what to do.
type BrokenDescriptor struct {
	File string
	Line int   // from 1; 0 if the mistake is in no particular line
	Err  error // the mistake, without its place
}

func (e *BrokenDescriptor) Error() string {
	return "broken descriptor: " + (&yamlfile.Fault{File: e.File, Line: e.Line, What: e.Err.Error()}).Error()
}

// Unwrap returns e.Err.
func (e *BrokenDescriptor) Unwrap() error { return e.Err }

// problem is a mistake that checks find. It has the path that leads to it, or the line of a template.
type problem struct {
	File    string // "" for the descriptor itself
	Line    int
	Path    yamlfile.Path
	Message string
	Cause   error
}

func (p *problem) Error() string { return p.Message }
func (p *problem) Unwrap() error { return p.Cause }

// parse decodes the YAML. Unknown fields are mistakes.
func parse(name string, content []byte) (*Descriptor, *yamlfile.Document, *yamlfile.Fault) {
	document, fault := yamlfile.Parse(name, content, "a name, capabilities and actions")
	if fault != nil {
		return nil, nil, fault
	}
	var d Descriptor
	if faults := document.Decode(&d); faults != nil {
		return nil, nil, faults[0]
	}
	d.Limits.defaults()
	if d.onNetwork() && d.Network == nil {
		d.Network = new(Network) // whoever registers first
	}
	if n := d.Network; n != nil && n.CheckSync && n.Returns == 0 {
		n.Returns = time.Minute
	}
	return &d, document, nil
}
