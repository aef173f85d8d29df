// Package userfile reads the files that users hand in: descriptors and what stands beside them, vendors' folders, baselines.
// It takes regular files alone and reads no more of one than its caller has use for, so that a pipe or a disk in the place of
// a file neither stops the program nor fills its memory.
package userfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// MaxText is the size of the largest text that people write by hand: a descriptor, a template, a profile. MaxCopy is that of
// the largest file that a descriptor copies, MaxRecord that of the largest record of a run. They are in bytes.
const (
	MaxText   = 1 << 20
	MaxCopy   = 32 << 20
	MaxRecord = 512 << 20
)

// maxNames is how many files a pattern finds at most.
const maxNames = 1000

// Refusal says why a file is not read, and what to do. It is wrapped in a [*fs.PathError] that names the file.
type Refusal struct{ Reason string }

func (r *Refusal) Error() string { return r.Reason }

// refuse returns the error for a file.
func refuse(name, format string, args ...any) error {
	return &fs.PathError{Op: "read", Path: name, Err: &Refusal{fmt.Sprintf(format, args...)}}
}

// Dir returns the folder as a file system. Like [os.DirFS], it finds out on use whether the folder exists. It opens regular
// files and folders alone, and follows no symbolic link that leads out of the folder.
func Dir(folder string) fs.FS { return dir(folder) }

type dir string

// Open opens without waiting: a pipe that nobody writes to is refused instead.
func (d dir) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, err
	}
	defer root.Close() // what was opened in it stays open
	local := filepath.FromSlash(name)
	info, err := root.Stat(local)
	if err != nil {
		if _, outside := os.Stat(filepath.Join(string(d), local)); outside == nil {
			return nil, refuse(name, "a symbolic link leads out of the folder: put the file itself there")
		}
		return nil, err
	}
	if err := check(name, info); err != nil {
		return nil, err
	}
	file, err := root.OpenFile(local, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err = file.Stat(); err == nil { // it may be another by now
		err = check(name, info)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// check refuses what is neither a regular file nor a folder.
func check(name string, info fs.FileInfo) error {
	if mode := info.Mode(); !mode.IsRegular() && !mode.IsDir() {
		return refuse(name, "it is %s: put a regular file there", kind(mode))
	}
	return nil
}

// kind says what a file is that is not regular.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	}
	return "no file"
}

// Read returns the content of a regular file that has at most that many bytes. When ctx ends first, it returns the cause.
func Read(ctx context.Context, fsys fs.FS, name string, most int64) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if mode := info.Mode(); !mode.IsRegular() {
		return nil, refuse(name, "it is %s: put a regular file there", kind(mode))
	}
	if info.Size() > most {
		return nil, refuse(name, "it has %d bytes, and %d are the maximum: make it smaller", info.Size(), most)
	}
	// Files such as those in /proc have more than they say.
	content, err := io.ReadAll(io.LimitReader(&interruptible{ctx, file}, most+1))
	if err == nil && int64(len(content)) > most {
		err = refuse(name, "it has more than %d bytes, the maximum: make it smaller", most)
	}
	return content, err
}

// ReadFile is [Read] of the file at a path. A symbolic link may lead anywhere: the user has named it.
func ReadFile(ctx context.Context, path string, most int64) ([]byte, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	content, err := Read(ctx, Dir(filepath.Dir(real)), filepath.Base(real), most)
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		at.Path = path
	}
	return content, err
}

// interruptible ends reading when ctx ends.
type interruptible struct {
	ctx context.Context
	io.Reader
}

func (r *interruptible) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}

// Glob is [fs.Glob] with a maximum of names.
func Glob(fsys fs.FS, pattern string) ([]string, error) {
	names, err := fs.Glob(fsys, pattern)
	if len(names) > maxNames {
		return nil, refuse(pattern, "there are %d such files, and %d are the maximum: use fewer", len(names), maxNames)
	}
	return names, err
}
