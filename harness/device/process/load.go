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
	d, mistakes := readFile(ctx, file, (*Descriptor).firstMistake)
	if len(mistakes) > 0 {
		return nil, mistakes[0]
	}
	return d, nil
}

// Load reads the descriptor in the file name of fsys, and the files that it refers to. A mistake in them is a
// [*BrokenDescriptor]. Loading ends with the cause of ctx when ctx ends.
func Load(ctx context.Context, fsys fs.FS, name string) (*Descriptor, error) {
	d, mistakes := read(ctx, fsys, name, (*Descriptor).firstMistake)
	if len(mistakes) > 0 {
		return nil, mistakes[0]
	}
	return d, nil
}

// InspectFile is [LoadFile] for somebody who writes the descriptor: it returns all mistakes that can be seen at once, and the
// descriptor as far as it was read, nil if there is none. A descriptor with mistakes is of no use but to ask it what it says.
func InspectFile(ctx context.Context, file string) (*Descriptor, []error) {
	return readFile(ctx, file, (*Descriptor).mistakes)
}

// Inspect is [Load] as [InspectFile] is [LoadFile].
func Inspect(ctx context.Context, fsys fs.FS, name string) (*Descriptor, []error) {
	return read(ctx, fsys, name, (*Descriptor).mistakes)
}

// checking finds mistakes in a descriptor that was decoded.
type checking func(d *Descriptor, ctx context.Context) []error

func readFile(ctx context.Context, file string, check checking) (*Descriptor, []error) {
	info, err := os.Stat(file)
	if err != nil { // which names the path as the user gave it
		return nil, []error{fmt.Errorf("cannot read the device descriptor: %w", err)}
	}
	if info.IsDir() {
		file = filepath.Join(file, "device.yaml")
	}
	folder, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, []error{err}
	}
	d, mistakes := read(ctx, userfile.Dir(folder), filepath.Base(file), check)
	for _, mistake := range mistakes {
		if broken, ok := errors.AsType[*BrokenDescriptor](mistake); ok {
			broken.File = filepath.Join(filepath.Dir(file), broken.File)
		}
	}
	if d != nil {
		d.path = folder
	}
	return d, mistakes
}

func read(ctx context.Context, fsys fs.FS, name string, check checking) (*Descriptor, []error) {
	content, err := userfile.Read(ctx, fsys, name, userfile.MaxText)
	if err != nil {
		return nil, []error{fmt.Errorf("cannot read the device descriptor: %w", err)}
	}
	d, document, faults := parse(name, content)
	if d != nil {
		d.fsys, d.folder = fsys, path.Dir(name)
	}
	if len(faults) > 0 { // what was not decoded would be missed
		var mistakes []error
		for _, fault := range faults {
			mistakes = append(mistakes, &BrokenDescriptor{File: name, Line: fault.Line, Err: errors.New(fault.What)})
		}
		return d, mistakes
	}
	mistakes := check(d, ctx)
	if ctx.Err() != nil && len(mistakes) > 0 {
		return nil, mistakes
	}
	for i, mistake := range mistakes {
		mistakes[i] = placed(name, document, mistake)
	}
	return d, mistakes
}

// placed adds to a mistake where it is.
func placed(name string, document *yamlfile.Document, mistake error) *BrokenDescriptor {
	broken := &BrokenDescriptor{File: name, Err: mistake}
	if p, ok := errors.AsType[*problem](mistake); ok {
		broken.Line = p.Line
		if p.File != "" {
			broken.File = path.Join(path.Dir(name), p.File)
		}
		if p.Line == 0 && p.Path != nil {
			broken.Line = document.Line(p.Path)
		}
	}
	return broken
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
func parse(name string, content []byte) (*Descriptor, *yamlfile.Document, []*yamlfile.Fault) {
	document, fault := yamlfile.Parse(name, content, "a name, capabilities and actions")
	if fault != nil {
		return nil, nil, []*yamlfile.Fault{fault}
	}
	var d Descriptor
	faults := document.Decode(&d)
	d.Limits.defaults()
	if d.onNetwork() && d.Network == nil {
		d.Network = new(Network) // whoever registers first
	}
	if n := d.Network; n != nil && n.CheckSync && n.Returns == 0 {
		n.Returns = time.Minute
	}
	return &d, document, faults
}
