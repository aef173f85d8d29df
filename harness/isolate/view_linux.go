package isolate

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// view is how the files look in a cell. The system is there, and can only be read.
type view struct {
	Dir       string   // the session's folder, which can be written to
	Temporary string   // the folder in it that is shown as /tmp
	Hidden    []string // folders that are shown empty
	Reach     []string // what is shown although it is in such a folder
	Stranger  bool     // the device is another user than the harness, so that folders on the way may be closed to it
}

// change is one change of the view: a folder is covered, or something is shown again.
type change struct {
	path string
	tree int // a tree of mounts to show, or -1 to cover the folder
	file bool
	mode string // of an empty cover
}

// readOnly is how everything looks except for what belongs to the session.
var readOnly = unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID}

// scratch are folders for temporary files, besides /tmp. Those in the view are the session's own.
var scratch = []string{"/var/tmp", "/dev/shm"}

// set makes the view that of this process. It runs as process 1 of a cell.
func (v *view) set() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return &setupError{Stage: "make mounts private", Err: err}
	}
	changes, err := v.changes() // takes hold of what is shown while it is still there
	if err != nil {
		return err
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", unix.AT_RECURSIVE, &readOnly); err != nil {
		return &setupError{Stage: "make the system read-only", Err: err}
	}
	var covered []string
	for _, c := range changes {
		done, err := c.make()
		if err != nil {
			return &setupError{Stage: "set the view of " + c.path, Err: err}
		}
		if done && c.mode == closedCover {
			covered = append(covered, c.path)
		}
	}
	for _, folder := range covered { // which needed places for what is shown in them
		if err := unix.MountSetattr(unix.AT_FDCWD, folder, 0, &readOnly); err != nil {
			return &setupError{Stage: "close " + folder, Err: err}
		}
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return &setupError{Stage: "mount /proc", Err: err}
	}
	return nil
}

// Modes of covers: one in which only what is shown again can be seen, and one for temporary files.
const (
	closedCover  = "0755"
	scratchCover = "1777"
)

// changes returns the changes of the view in order: outer folders before what is in them.
func (v *view) changes() ([]change, error) {
	covers := v.covers()
	var all []change
	for _, folder := range covers {
		c := change{path: folder, tree: -1, mode: closedCover}
		if slices.Contains(scratch, folder) {
			c.mode = scratchCover
		}
		all = append(all, c)
	}
	tmp, err := show(v.Temporary)
	if err != nil {
		return nil, err
	}
	tmp.path = "/tmp"
	dir, err := show(v.Dir)
	if err != nil {
		return nil, err
	}
	all = append(all, tmp, dir)
	for _, path := range v.Reach {
		hidden := func(folder string) bool { return within(path, folder) }
		if shared := append(slices.Clone(scratch), tmp.path, filepath.Dir(v.Dir)); slices.Contains(shared, path) {
			continue // other sessions' files are there
		}
		if !slices.ContainsFunc(covers, hidden) && !within(path, tmp.path) {
			continue // it is seen anyway
		}
		c, err := show(path)
		if err != nil {
			return nil, err
		}
		if err := unix.MountSetattr(c.tree, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &readOnly); err != nil {
			return nil, &setupError{Stage: "show " + path, Err: err}
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b change) int { return cmp.Compare(len(a.path), len(b.path)) })
	return all, nil
}

// covers returns the folders that are covered.
func (v *view) covers() []string {
	folders := append(slices.Clone(scratch), v.Hidden...)
	if v.Stranger {
		for _, path := range append([]string{v.Dir}, v.Reach...) {
			folders = append(folders, closed(path))
		}
	}
	slices.Sort(folders)
	return slices.DeleteFunc(slices.Compact(folders), func(folder string) bool {
		info, err := os.Stat(folder)
		return err != nil || !info.IsDir() || folder == "/tmp" || holdsSystem(folder)
	})
}

// show takes hold of a file or folder.
func show(path string) (change, error) {
	info, err := os.Stat(path)
	if err != nil {
		return change{}, &setupError{Stage: "show " + path, Err: err}
	}
	tree, err := unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return change{}, &setupError{Stage: "show " + path, Err: err}
	}
	return change{path: path, tree: tree, file: !info.IsDir()}, nil
}

// make makes the change. It returns false for a folder that need not be covered, because one around it is.
func (c change) make() (done bool, err error) {
	_, missing := os.Stat(c.path)
	if c.tree < 0 {
		if missing != nil {
			return false, nil
		}
		return true, unix.Mount("tmpfs", c.path, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=64m,mode="+c.mode)
	}
	defer unix.Close(c.tree)
	if missing != nil {
		if err := c.place(); err != nil {
			return false, err
		}
	}
	return true, unix.MoveMount(c.tree, "", unix.AT_FDCWD, c.path, unix.MOVE_MOUNT_F_EMPTY_PATH)
}

// place makes the place in a cover at which something is shown.
func (c change) place() error {
	if err := os.MkdirAll(filepath.Dir(c.path), 0o755); err != nil {
		return err
	}
	if c.file {
		return os.WriteFile(c.path, nil, 0o600)
	}
	return os.Mkdir(c.path, 0o755)
}

// within tells whether path is folder or inside it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

// holdsSystem tells whether programs need what is in a folder.
func holdsSystem(folder string) bool {
	return slices.ContainsFunc([]string{"/usr", "/etc", "/dev", "/proc", "/sys"}, func(system string) bool { return within(system, folder) })
}

// closed returns the outermost folder on the way to path that other users than its owner cannot pass, "" if there is none.
func closed(path string) string {
	const pass = 0o001
	for folder := filepath.Dir(path); len(folder) > 1; folder = filepath.Dir(folder) {
		if info, err := os.Stat(folder); err == nil && info.Mode()&pass == 0 {
			return cmp.Or(closed(folder), folder)
		}
	}
	return ""
}
