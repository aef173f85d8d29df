// Package primeplaces remembers in a file where the primes of RSA keys were found, so that the next process makes the same
// keys without the search, which takes about 0.1 s a key. The file has no key: without the seed that the keys follow from,
// a place says nothing, and with it the keys are no secret.
//
// The package serves this module and may change.
package primeplaces

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/sipconform/sipconform/internal/userfile"
)

// maxFile bounds the file, in bytes. A run has some ten keys, of 100 bytes each; a file that is longer is begun anew.
const maxFile = 1 << 20

// File is a file of places. Its methods may be called from any goroutine, and several processes may use the same file: each
// place is a line, and all write the same ones. A file that cannot be read or written remembers nothing.
type File struct {
	path string

	mu     sync.Mutex
	loaded bool
	places map[string]int
}

// Of returns the file for the keys of a seed, below the user's folder of caches: see [os.UserCacheDir]. Without one,
// nothing is remembered.
func Of(seed uint64) *File {
	folder, err := os.UserCacheDir()
	if err != nil {
		return &File{}
	}
	return At(filepath.Join(folder, "sipconform", fmt.Sprintf("primes-%d", seed)))
}

// At returns the file with a path, which need not be there.
func At(path string) *File { return &File{path: path} }

// Recall returns the place that is remembered under a label.
func (f *File) Recall(label string) (place int, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.load()
	place, ok = f.places[label]
	return place, ok
}

// Remember adds a place to the file.
func (f *File) Remember(label string, place int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.load()
	f.places[label] = place
	if f.path == "" || os.MkdirAll(filepath.Dir(f.path), 0o700) != nil {
		return
	}
	mode := os.O_APPEND
	if info, err := os.Stat(f.path); err == nil && info.Size() > maxFile {
		mode = os.O_TRUNC
	}
	out, err := os.OpenFile(f.path, os.O_CREATE|os.O_WRONLY|mode, 0o600)
	if err != nil {
		return
	}
	defer out.Close()
	fmt.Fprintf(out, "%d %q\n", place, label) // in one piece, which no other process's is mixed with
}

// load reads the file at the first call. What is not a place is passed over: another process may be writing it.
func (f *File) load() {
	if f.loaded {
		return
	}
	f.loaded, f.places = true, make(map[string]int)
	data, err := userfile.Read(context.Background(), userfile.Dir(filepath.Dir(f.path)), filepath.Base(f.path), maxFile)
	if err != nil {
		return
	}
	for line := range strings.Lines(string(data)) {
		number, quoted, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		place, err := strconv.Atoi(number)
		label, failure := strconv.Unquote(quoted)
		if err == nil && failure == nil {
			f.places[label] = place
		}
	}
}
