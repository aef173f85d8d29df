package selftest

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

// public are the packages that programs of other modules import.
var public = []string{
	"certs",
	"harness/device",
	"harness/results",
	"mocks/cisco",
	"mocks/genesys",
	"mocks/infobip",
	"mocks/observation",
	"mocks/sdes",
	"mocks/twilio",
	"scenarios",
}

// pkg is what the files of one folder say of their package.
type pkg struct {
	importable bool // not a command, and not tests alone
	comment    string
	examples   int // those with an output, which go test compares
}

// TestPackages: the comment of a public package says that it is there to be
// imported, and an example shows how; every other comment says that the package
// may change.
func TestPackages(t *testing.T) {
	t.Parallel()
	const offers, withholds = "is there to be imported", "serves this module and may change"
	all := packages(t)
	for _, name := range public {
		if all[name] == nil {
			t.Errorf("%s is not there", name)
		}
	}
	for name, p := range all {
		switch comment := strings.Join(strings.Fields(p.comment), " "); {
		case !p.importable:
		case slices.Contains(public, name):
			if !strings.Contains(comment, offers) || strings.Contains(comment, withholds) {
				t.Errorf("%s is public; its comment does not say that it %s: %s", name, offers, comment)
			}
			if p.examples == 0 {
				t.Errorf("%s is public and has no example with an output", name)
			}
		case !strings.Contains(comment, withholds) || strings.Contains(comment, offers):
			t.Errorf("%s is not public; its comment does not say that it %s: %s", name, withholds, comment)
		}
	}
}

// packages are those of the module by their folders, internal ones excepted: Go lets
// no other module import them.
func packages(t *testing.T) map[string]*pkg {
	t.Helper()
	all := make(map[string]*pkg)
	sources(t, ".", func(name, file string) {
		folder := path.Dir(name)
		if parts := strings.Split(folder, "/"); slices.Contains(parts, "testdata") || slices.Contains(parts, "internal") {
			return
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if all[folder] == nil {
			all[folder] = new(pkg)
		}
		p := all[folder]
		if strings.HasSuffix(name, "_test.go") {
			p.examples += shown(parsed)
			return
		}
		p.importable = parsed.Name.Name != "main"
		p.comment += parsed.Doc.Text()
	})
	return all
}

// shown counts the examples of a file that have an output.
func shown(file *ast.File) int {
	n := 0
	for _, e := range doc.Examples(file) {
		if e.Output != "" {
			n++
		}
	}
	return n
}
