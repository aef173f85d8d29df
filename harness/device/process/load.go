package process

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// LoadFile reads the descriptor in a file such as "./my-phone/device.yaml", or the device.yaml in a folder.
func LoadFile(file string) (*Descriptor, error) {
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
	d, err := Load(os.DirFS(folder), filepath.Base(file))
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
// [*BrokenDescriptor].
func Load(fsys fs.FS, name string) (*Descriptor, error) {
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("cannot read the device descriptor: %w", err)
	}
	d, err := parse(content)
	if err == nil {
		d.fsys, d.folder = fsys, path.Dir(name)
		err = d.check()
	}
	if err == nil {
		return d, nil
	}
	broken := &BrokenDescriptor{File: name, Err: err}
	if p, ok := errors.AsType[*problem](err); ok {
		broken.Line = p.Line
		if p.File != "" {
			broken.File = path.Join(path.Dir(name), p.File)
		}
		if p.Line == 0 && p.Path != nil {
			broken.Line = lineOf(content, p.Path)
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
	where := e.File
	if e.Line > 0 {
		where += ":" + strconv.Itoa(e.Line)
	}
	return "broken descriptor: " + where + " " + e.Err.Error()
}

// Unwrap returns e.Err.
func (e *BrokenDescriptor) Unwrap() error { return e.Err }

// problem is a mistake. If it is found while parsing it has a line, and if it is found while checking it has the path of keys
// and list positions that leads to it.
type problem struct {
	File    string // "" for the descriptor itself
	Line    int
	Path    []string
	Message string
	Cause   error
}

func (p *problem) Error() string { return p.Message }
func (p *problem) Unwrap() error { return p.Cause }

// parse decodes the YAML. Unknown fields are mistakes.
func parse(content []byte) (*Descriptor, error) {
	var d Descriptor
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	switch err := decoder.Decode(&d); {
	case errors.Is(err, io.EOF):
		return nil, &problem{Message: "is empty: it wants at least a name, capabilities and actions"}
	case err != nil:
		return nil, explainYAML(err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, &problem{Message: "holds more than one YAML document: keep the first"}
	}
	d.Limits.defaults()
	return &d, nil
}

// explainYAML returns an error of package yaml in the words of this package.
func explainYAML(err error) error {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	message := err.Error()
	if typed, ok := errors.AsType[*yaml.TypeError](err); ok && len(typed.Errors) > 0 {
		message = typed.Errors[0]
	}
	for _, known := range yamlErrors {
		if m := known.pattern.FindStringSubmatch(message); m != nil {
			line, _ := strconv.Atoi(m[1])
			return &problem{Line: line, Message: known.pattern.ReplaceAllString(m[0], known.sentence)}
		}
	}
	return &problem{Message: "is not valid YAML: " + strings.TrimPrefix(message, "yaml: ")}
}

// yamlErrors are the errors of package yaml, and what to tell someone who writes a descriptor. The first group is the line.
var yamlErrors = []struct {
	pattern  *regexp.Regexp
	sentence string
}{
	{regexp.MustCompile(`^line (\d+): field (\S+) not found in type .*$`), `has the unknown field "$2": remove it or correct its spelling`},
	{regexp.MustCompile(`^line (\d+): cannot unmarshal !!seq into (?:string|int.*|bool|\S*(?:Duration|Verb|Transport|Framing|Format|Isolation|Capability))$`), "has a list where one value is wanted"},
	{regexp.MustCompile(`^line (\d+): cannot unmarshal !!\S+(?: .*)? into \[\].*$`), "wants a list here: put the value in [ ]"},
	{regexp.MustCompile(`^line (\d+): cannot unmarshal !!\S+(?: .*)? into (?:map|process)\S*$`), "wants a mapping of fields here"},
	{regexp.MustCompile("^line (\\d+): cannot unmarshal !!\\S+ `(.*)` into time.Duration$"), `has the duration "$2": write such as 1500ms or 10s`},
	{regexp.MustCompile("^line (\\d+): cannot unmarshal !!\\S+ `(.*)` into bool$"), `has "$2" where true or false is wanted`},
	{regexp.MustCompile("^line (\\d+): cannot unmarshal !!\\S+ `(.*)` into \\S+$"), `has "$2" where another kind of value is wanted`},
	{regexp.MustCompile(`^line (\d+): mapping key "(.*)" already defined at line (\d+)$`), `has "$2" a second time, after line $3: remove one`},
	{regexp.MustCompile(`^yaml: line (\d+): (.*)$`), "is not valid YAML: $2"},
}

// lineOf returns the line of the value at a path, or of the closest value that contains it.
func lineOf(content []byte, steps []string) int {
	var root yaml.Node
	if yaml.Unmarshal(content, &root) != nil || len(root.Content) == 0 {
		return 0
	}
	node := root.Content[0]
	line := 0
	for _, step := range steps {
		next, at := child(node, step)
		if next == nil {
			break
		}
		node, line = next, at
	}
	return line
}

// child returns the value at a key or list position, and the line where it begins.
func child(node *yaml.Node, step string) (*yaml.Node, int) {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == step {
				return node.Content[i+1], node.Content[i].Line
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i < len(node.Content) {
			return node.Content[i], node.Content[i].Line
		}
	}
	return nil, 0
}
