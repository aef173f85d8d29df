package selftest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

const module = "github.com/sipconform/sipconform/"

// sources calls f for each Go file below a folder of the module, with the file's name
// in the module and its path from here.
func sources(t *testing.T, folder string, f func(name, path string)) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("../..", folder), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".go") {
			name, _ := filepath.Rel("../..", path)
			f(filepath.ToSlash(name), path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// imports returns the packages of the module that a file imports.
func imports(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, i := range file.Imports {
		if name, err := strconv.Unquote(i.Path.Value); err == nil && strings.HasPrefix(name, module) {
			all = append(all, strings.TrimPrefix(name, module))
		}
	}
	return all
}

// vendorFolders are the folders that vendors have below a folder of the module.
func vendorFolders(t *testing.T, below string) []string {
	t.Helper()
	var folders []string
	for _, p := range load(t).Products {
		folder := below + "/" + p.Vendor
		if _, err := os.Stat(filepath.Join("../..", folder)); err == nil && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	if len(folders) == 0 {
		t.Fatalf("no vendor has a folder below %s", below)
	}
	return folders
}

// TestRooms: no vendor's package imports another vendor's, chapters and scenes import
// no vendor's, and nothing imports upwards.
func TestRooms(t *testing.T) {
	t.Parallel()
	vendors, mocks := vendorFolders(t, "scenarios"), vendorFolders(t, "mocks")
	asked := []string{"scenarios", "scenarios/scene", "scenarios/chapter"}
	forbidden := map[string][]string{
		"scenarios/scene":   slices.Concat(vendors, mocks, []string{"scenarios/chapter", "scenarios"}),
		"scenarios/chapter": slices.Concat(vendors, mocks, []string{"scenarios"}),
		"harness/engine":    slices.Concat(vendors, mocks, asked),
		"harness/judge":     slices.Concat(vendors, mocks, asked, []string{"harness/engine"}),
		"mocks": slices.Concat(vendors, asked,
			[]string{"harness/judge", "harness/engine", "harness/device", "harness/bench", "harness/plan"}),
		"certs": slices.Concat(mocks, asked, []string{"mocks/observation", "mocks/sipwire", "harness/judge"}),
	}
	for _, v := range vendors {
		others := slices.DeleteFunc(slices.Clone(vendors), func(other string) bool { return other == v })
		forbidden[v] = append(others, "scenarios")
	}
	for folder, rooms := range forbidden {
		sources(t, folder, func(name, path string) {
			for _, imported := range imports(t, path) {
				if slices.Contains(rooms, imported) {
					t.Errorf("%s imports %s", name, imported)
				}
			}
		})
	}
}

// TestWidth: no line is wider than a screen, but for texts as they are and tables of tests; and no file is too long to be
// read from top to bottom.
func TestWidth(t *testing.T) {
	t.Parallel()
	const columns, lines = 140, 400
	sources(t, ".", func(name, path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Split(string(text), "\n")
		if len(all) > lines {
			t.Errorf("%s has %d lines", name, len(all))
		}
		if strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, "scenarios/") {
			return
		}
		for i, line := range all {
			if n := utf8.RuneCountInString(line); n > columns && !strings.Contains(line, "`") {
				t.Errorf("%s:%d has %d columns", name, i+1, n)
			}
		}
	})
}

// imported is a line of an import declaration.
var imported = regexp.MustCompile(`^(\w+ )?"[^"]+"$`)

// TestVendorsShareNothing: no six lines in a row stand in two vendors' packages. What
// two vendors share belongs to package scene or chapter.
func TestVendorsShareNothing(t *testing.T) {
	t.Parallel()
	const run = 6
	seen := make(map[string]string) // the file that has the lines
	for _, vendor := range slices.Concat(vendorFolders(t, "scenarios"), vendorFolders(t, "mocks")) {
		sources(t, vendor, func(name, path string) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for line := range strings.SplitSeq(string(text), "\n") {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") && !imported.MatchString(line) {
					lines = append(lines, line)
				}
			}
			for i := 0; i+run <= len(lines); i++ {
				these := strings.Join(lines[i:i+run], "\n")
				if other := seen[these]; other != "" && filepath.Base(filepath.Dir(other)) != filepath.Base(filepath.Dir(name)) {
					t.Errorf("%s and %s both have the lines\n%s", other, name, these)
				}
				seen[these] = name
			}
		})
	}
}
