// Package mocks_test checks which of the mocks' packages import which.
package mocks_test

import (
	"errors"
	"go/build"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/sipconform/sipconform/"

// TestImports checks that nothing imports upwards, and that no mock knows another.
func TestImports(t *testing.T) {
	t.Parallel()
	vendors := []string{"mocks/twilio", "mocks/genesys", "mocks/cisco", "mocks/infobip"}
	type rule struct {
		below     string // the packages of this folder, and those below it
		forbidden []string
	}
	rules := []rule{
		{"mocks", []string{"harness", "scenarios"}},
		{"mocks/profile", append([]string{"mocks/vendor", "mocks/edge", "mocks/api"}, vendors...)},
		{"mocks/vendor", append([]string{"mocks/edge", "mocks/api"}, vendors...)},
		{"mocks/edge", append([]string{"mocks/api"}, vendors...)},
		{"mocks/api", append([]string{"mocks/edge"}, vendors...)},
	}
	for _, v := range vendors {
		var others []string
		for _, other := range vendors {
			if other != v {
				others = append(others, other)
			}
		}
		rules = append(rules, rule{v, others})
	}
	for folder, imports := range importsBelow(t, ".") {
		for _, r := range rules {
			if !within(folder, r.below) {
				continue
			}
			for _, forbidden := range r.forbidden {
				for _, path := range imports {
					if within(path, forbidden) && !within(path, r.below) {
						t.Errorf("%s imports %s", folder, path)
					}
				}
			}
		}
	}
}

// importsBelow returns what each package below mocks imports of this module, its tests included, by the package's folder.
func importsBelow(t *testing.T, root string) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		p, err := build.ImportDir(path, 0)
		if none := (*build.NoGoError)(nil); errors.As(err, &none) {
			return nil
		} else if err != nil {
			return err
		}
		folder := filepath.ToSlash(filepath.Join("mocks", path))
		for _, imports := range [][]string{p.Imports, p.TestImports, p.XTestImports} {
			for _, imported := range imports {
				if own, ok := strings.CutPrefix(imported, module); ok {
					found[folder] = append(found[folder], own)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found["mocks/api"]) == 0 || len(found["mocks/edge"]) == 0 {
		t.Fatalf("found imports of %d packages, and not those of edge and api", len(found))
	}
	return found
}

func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }
