package testkit_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// TestOnlyTestsImportTheKit reads the imports of every Go file of the module, whatever its build constraints. The kit's own
// packages may import each other.
func TestOnlyTestsImportTheKit(t *testing.T) {
	t.Parallel()
	const kit = `"github.com/sipconform/sipconform/internal/testkit`
	own := filepath.Join("..", "..", "internal", "testkit")
	imported := 0
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			switch {
			case !strings.HasPrefix(i.Path.Value, kit), strings.HasPrefix(path, own):
			case strings.HasSuffix(path, "_test.go"):
				imported++
			default:
				t.Errorf("%s imports %s: it is for tests alone", path, i.Path.Value)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if imported < 2 {
		t.Errorf("only %d files import internal/testkit: this test looks in the wrong place", imported)
	}
}
