package primeplaces

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/certs"
)

// TestFile: what one process remembers another recalls, and the keys are the same with the file, without it, and with one
// that is wrong.
func TestFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cache", "primes")
	key := func(f *File) string {
		forge := certs.NewForge(7)
		if f != nil {
			forge.Primes = f
		}
		pki, err := forge.Hierarchy(certs.Hierarchy{Name: "places", Root: certs.Authority{CommonName: "Places", Key: certs.RSA1024}})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(pki.Root.PublicKey)
	}
	want := key(nil)
	if got := key(At(path)); got != want {
		t.Error("the first process has another key")
	}
	text, err := os.ReadFile(path)
	if n := strings.Count(string(text), "\n"); err != nil || n != 2 {
		t.Fatalf("%v, %d places are remembered: %s", err, n, text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	recalled := &recorder{File: At(path)}
	forge := certs.NewForge(7)
	forge.Primes = recalled
	pki, err := forge.Hierarchy(certs.Hierarchy{Name: "places", Root: certs.Authority{CommonName: "Places", Key: certs.RSA1024}})
	if err != nil || fmt.Sprint(pki.Root.PublicKey) != want || recalled.searched != 0 {
		t.Errorf("%v, %d searches although both places are there", err, recalled.searched)
	}
	for _, wrong := range []string{"", "x\n", "-1 \"a\"\n", "99999999999999999999 \"a\"\n", strings.Repeat("\x00", 1000),
		strings.NewReplacer("\n", "\n", " ", "1 ").Replace(string(text)), "0" + string(text)[1:]} {
		if err := os.WriteFile(path, []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := key(At(path)); got != want {
			t.Errorf("with %.40q in the file, the key is another one", wrong)
		}
	}
}

// recorder counts what has to be searched for.
type recorder struct {
	*File
	searched int
}

func (r *recorder) Remember(label string, place int) {
	r.searched++
	r.File.Remember(label, place)
}

// TestProcesses: several that write at a time lose nothing, and what cannot be written is remembered by its process alone.
func TestProcesses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "primes")
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			f := At(path)
			for i := range 50 {
				f.Remember(fmt.Sprintf("key %d-%d \"p\"\n", n, i), n*100+i)
			}
		})
	}
	all.Wait()
	f := At(path)
	for n := range 8 {
		for i := range 50 {
			if place, ok := f.Recall(fmt.Sprintf("key %d-%d \"p\"\n", n, i)); !ok || place != n*100+i {
				t.Fatalf("of %d-%d: %d, %v", n, i, place, ok)
			}
		}
	}
	for _, nowhere := range []*File{{}, At(filepath.Join(path, "below", "a file")), At(t.TempDir())} {
		nowhere.Remember("a", 1)
		if place, ok := nowhere.Recall("a"); !ok || place != 1 {
			t.Errorf("%q: %d, %v", nowhere.path, place, ok)
		}
	}
}

// TestLong: a file that has grown beyond all measure is begun anew.
func TestLong(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "primes")
	if err := os.WriteFile(path, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	At(path).Remember("a", 5)
	if place, ok := At(path).Recall("a"); !ok || place != 5 {
		t.Errorf("%d, %v", place, ok)
	}
}
