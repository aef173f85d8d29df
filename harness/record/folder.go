// Package record guards the folder of a report: results.json, what was made from it, and
// the evidence. A manifest with the SHA-256 of every other file, which results.json names
// with its own digest, tells a file that was changed, taken away or added; an Ed25519
// signature of results.json tells who made it so.
//
// A record may come from anybody. Its files are reached by names that a record has, and
// never by a link, outside the folder, or where reading could hang or fill memory.
//
// The package serves this module and may change.
package record

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// The names of the files beside the evidence.
const (
	ResultsFile   = "results.json"
	ManifestFile  = "manifest.sha256"
	SignatureFile = ResultsFile + ".sig"
)

// maxFile bounds a file of a record, in bytes. The longest capture of a run is far from it.
const maxFile = 512 << 20

// maxPath bounds the name of a file in a record, in bytes.
const maxPath = 512

// Folder is the folder of a record that is read.
type Folder struct{ root *os.Root }

// Open opens the folder of a record. The caller must Close it.
func Open(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return &Folder{root}, nil
}

// Close closes the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Open opens a file of the record by its path, which has forward slashes and is relative
// to the folder. It refuses a path that no record has, and anything on its way or at its
// end that is not a folder or a plain file of a bearable size.
func (f *Folder) Open(name string) (*os.File, error) {
	if err := plain(name); err != nil {
		return nil, err
	}
	for at, c := range name {
		if c == '/' {
			if err := f.is(name[:at], fs.FileMode.IsDir, "a folder"); err != nil {
				return nil, err
			}
		}
	}
	if err := f.is(name, fs.FileMode.IsRegular, "a plain file"); err != nil {
		return nil, err
	}
	// The file may have been exchanged meanwhile: opening must not wait for a pipe's writer.
	file, err := f.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, told(name, err)
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		err = told(name, err)
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%+q is not a plain file: it is refused", name)
	case info.Size() > maxFile:
		err = fmt.Errorf("%+q has %d bytes: no file of a record has more than %d", name, info.Size(), int64(maxFile))
	default:
		return file, nil
	}
	return nil, errors.Join(err, file.Close())
}

// is checks what stands at a path, without following a link.
func (f *Folder) is(name string, kind func(fs.FileMode) bool, want string) error {
	info, err := f.root.Lstat(filepath.FromSlash(name))
	switch {
	case err != nil:
		return told(name, err)
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%+q is a link, where %s should be: links are refused", name, want)
	case !kind(info.Mode()):
		return fmt.Errorf("%+q is %s, where %s should be: it is refused", name, describe(info.Mode()), want)
	}
	return nil
}

// describe names a kind of file.
func describe(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "a file"
}

// told puts an error of the system into words with the path quoted.
func told(name string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Errorf("%+q cannot be read: %w", name, err)
}

// plain checks that a path is one that a record can have. IDs of scenarios are slugs, so
// there is no need for a character that looks like another, or like none.
func plain(name string) error {
	strange := strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/") != ""
	switch {
	case strange:
		return fmt.Errorf("%+q is no path of a record: those have letters, digits and ._-/ alone", name)
	case len(name) > maxPath:
		return fmt.Errorf("a path of %d bytes is no path of a record", len(name))
	case name == "." || !fs.ValidPath(name) || !filepath.IsLocal(filepath.FromSlash(name)):
		return fmt.Errorf("%+q leads out of the record's folder, or to none of its files: it is refused", name)
	}
	return nil
}

// Read returns the contents of a file.
func (f *Folder) Read(name string) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile))
	if err != nil {
		return nil, told(name, err)
	}
	return data, nil
}

// Digest returns the SHA-256 of a file, in hexadecimal.
func (f *Folder) Digest(name string) (string, error) {
	file, err := f.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, io.LimitReader(file, maxFile)); err != nil {
		return "", told(name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Below returns the paths of everything but folders below a folder of the record, in
// order: none if there is no such folder.
func (f *Folder) Below(folder string) ([]string, error) {
	if _, err := f.root.Lstat(folder); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err := f.is(folder, fs.FileMode.IsDir, "a folder"); err != nil {
		return nil, err
	}
	var all []string
	err := fs.WalkDir(f.root.FS(), folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return told(name, err)
		}
		if !entry.IsDir() {
			all = append(all, path.Clean(name))
		}
		return nil
	})
	return all, err
}
