package isolate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// roleCell is the role of the process that holds a cell open: see [roleVariable].
const roleCell = "cell"

// Users of sessions are firstUser and the numbers after it: no system gives numbers that high to anybody.
const (
	firstUser = 2_000_000_000
	users     = 1 << 16
)

// Confinement keeps the sessions of a run apart. Each session is in a [Cell].
type Confinement struct {
	hidden []string
	holds  Guarantees
	guests *guests
}

// Confine finds out what this machine allows. hidden are folders that no device sees, besides those for temporary files. Call
// it where [Enter] returned nil: elsewhere there are no cells.
func Confine(hidden ...string) *Confinement {
	c := &Confinement{hidden: append([]string{os.TempDir()}, hidden...), guests: new(guests)}
	// A cell for nobody shows whether there can be cells.
	dir, err := os.MkdirTemp("", "sipconform-")
	if err == nil {
		defer os.RemoveAll(dir)
		c.holds = Guarantees{Cells: true, Users: manyUsers()}
		var cell *Cell
		if cell, err = c.Open(Room{Dir: dir}); err == nil {
			cell.Close()
		}
	}
	if err != nil {
		c.holds = Guarantees{Why: "this system does not let the harness give a session its own processes and files: " + err.Error()}
		return c
	}
	if !c.holds.Users {
		c.holds.Why = "they share the user and the network of the harness, which needs root to give them others"
		return c
	}
	if err := divideNetwork(); err != nil {
		c.holds.Why = "they share the network: this kernel routes all users alike (" + err.Error() + ")"
		return c
	}
	c.holds.Routes = true
	return c
}

// real returns paths without symbolic links. It leaves out what does not exist.
func real(paths []string) []string {
	var all []string
	for _, path := range paths {
		if resolved, err := filepath.EvalSymlinks(path); err == nil && filepath.IsAbs(resolved) {
			all = append(all, resolved)
		}
	}
	return all
}

// Hiding returns the same with a further folder that no device sees.
func (c *Confinement) Hiding(folder string) *Confinement {
	return &Confinement{append(slices.Clip(c.hidden), folder), c.holds, c.guests}
}

// Showing returns the same for devices that have to see the files and folders. If the harness alone can read one of them,
// sessions are no users of their own.
func (c *Confinement) Showing(reach []string) *Confinement {
	shown := *c
	for _, path := range real(reach) {
		if c.holds.Users && private(path) {
			shown.holds.Users, shown.holds.Routes = false, false
			shown.holds.Why = "they share the user and the network of the harness, for " + path +
				" is closed to other users: chmod o+rX to give them others"
		}
	}
	return &shown
}

// private tells whether other users than its owner cannot read a folder or file, or run it if it is a program.
func private(path string) bool {
	const read, run = 0o004, 0o001
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return false
	case info.IsDir():
		return info.Mode()&(read|run) != read|run
	case info.Mode()&0o100 != 0:
		return info.Mode()&run == 0
	}
	return info.Mode()&read == 0
}

// Guarantees returns what holds.
func (c *Confinement) Guarantees() Guarantees { return c.holds }

// manyUsers tells whether this process can become the users of sessions.
func manyUsers() bool {
	for _, file := range []string{"/proc/self/uid_map", "/proc/self/gid_map"} {
		content, err := os.ReadFile(file)
		var inside, outside, size int64
		if _, scan := fmt.Sscan(string(content), &inside, &outside, &size); err != nil || scan != nil || inside != 0 || size < firstUser+users {
			return false
		}
	}
	return os.Geteuid() == 0
}

// Cell is the place of one session: namespaces of its own, in which its programs are started with [Cell.Enter]. The nil Cell
// is the place of the harness itself.
type Cell struct {
	room   Room
	user   int     // 0 for that of the harness
	guests *guests // in which the user is counted, nil if it is not
	holder *exec.Cmd
	config *os.File   // the holder ends when it is closed
	spaces []*os.File // mount, PID and IPC namespace
	once   sync.Once
}

// spaceTypes are the namespaces of a cell, in the order in which a thread enters them.
var spaceTypes = []struct {
	name string
	flag int
}{{"pid", unix.CLONE_NEWPID}, {"ipc", unix.CLONE_NEWIPC}, {"mnt", unix.CLONE_NEWNS}}

// Open makes the cell of a session. The caller closes it. Without cells it returns nil.
func (c *Confinement) Open(room Room) (*Cell, error) {
	if c == nil || !c.holds.Cells {
		return nil, nil
	}
	cell := &Cell{room: room}
	if c.holds.Users {
		cell.user = firstUser + userOf(room.Network)
	}
	if err := cell.open(c.hidden); err != nil {
		cell.Close()
		return nil, fmt.Errorf("isolate: cannot give the session a place of its own: %w", err)
	}
	if c.holds.Routes {
		if err := c.guests.admit(cell.user, room.Network); err != nil {
			cell.Close()
			return nil, fmt.Errorf("isolate: cannot give the session a network of its own: %w", err)
		}
		cell.guests = c.guests
	}
	return cell, nil
}

// open starts the process that holds the cell.
func (c *Cell) open(hidden []string) error {
	if err := os.Mkdir(c.temporary(), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	config, write, err := os.Pipe()
	if err != nil {
		return err
	}
	c.config = write
	defer config.Close()
	verdict, report, err := os.Pipe()
	if err != nil {
		return err
	}
	defer verdict.Close()
	holder := &exec.Cmd{
		Path: self, Args: []string{"sipconform-cell"}, Env: []string{roleVariable + "=" + roleCell},
		ExtraFiles:  []*os.File{config, report},
		SysProcAttr: &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC, Setpgid: true},
	}
	err = holder.Start()
	_ = report.Close() // otherwise receive would never see the end
	if err != nil {
		return &setupError{Stage: "clone", Err: err}
	}
	c.holder = holder
	v := view{Dir: c.room.Dir, Temporary: c.temporary(), Reach: real(c.room.Reach), Hidden: real(hidden), Stranger: c.user != 0}
	if err := json.NewEncoder(write).Encode(v); err != nil {
		return err
	}
	if err := receive(verdict); err != nil {
		return err
	}
	for _, t := range spaceTypes {
		space, err := os.Open(fmt.Sprintf("/proc/%d/ns/%s", holder.Process.Pid, t.name))
		if err != nil {
			return err
		}
		c.spaces = append(c.spaces, space)
	}
	return nil
}

// temporary is the folder that programs in the cell find as /tmp.
func (c *Cell) temporary() string { return filepath.Join(c.room.Dir, ".tmp") }

// Own gives what is in the session's folder to the user of the session. Call it before programs run in the cell.
func (c *Cell) Own() error {
	if c == nil || c.user == 0 {
		return nil
	}
	return filepath.WalkDir(c.room.Dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, c.user, c.user)
	})
}

// Enter prepares the calling thread and cmd for cmd.Start, so that the program runs in the cell, without privileges. The thread
// is spoilt for anything else: the goroutine must be locked to it, and has to end without unlocking it.
func (c *Cell) Enter(cmd *exec.Cmd) error {
	if c == nil {
		return nil
	}
	if err := unix.Unshare(unix.CLONE_FS); err != nil { // threads that share their working folder cannot change their view of files
		return &setupError{Stage: "unshare", Err: err}
	}
	for i, t := range spaceTypes {
		if err := unix.Setns(int(c.spaces[i].Fd()), t.flag); err != nil {
			return &setupError{Stage: "enter the " + t.name + " namespace", Err: err}
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	// A program of user 0 has all privileges of the bounding set.
	for privilege := uintptr(0); privilege <= unix.CAP_LAST_CAP; privilege++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, privilege, 0, 0, 0); err != nil && !errors.Is(err, unix.EINVAL) {
			return err
		}
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	// Package syscall takes a parent in another PID namespace for one that has ended. The cell ends with the harness anyway.
	cmd.SysProcAttr.Pdeathsig = 0
	if c.user != 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(c.user), Gid: uint32(c.user)}
	}
	return nil
}

// Path returns where the harness finds the file that the programs of the cell find at path.
func (c *Cell) Path(path string) string {
	if c == nil || strings.HasPrefix(path, c.room.Dir+"/") {
		return path
	}
	if local, ok := strings.CutPrefix(path, "/tmp/"); ok {
		return filepath.Join(c.temporary(), local)
	}
	return path
}

// Close kills every program in the cell, also those that have left their parent and their process group.
func (c *Cell) Close() {
	if c != nil {
		c.once.Do(c.close)
	}
}

func (c *Cell) close() {
	if c.config != nil {
		_ = c.config.Close()
	}
	for _, space := range c.spaces {
		_ = space.Close()
	}
	if c.holder != nil {
		_ = c.holder.Process.Kill() // the kernel ends the others
		_ = c.holder.Wait()         // its status says nothing
	}
	if c.guests != nil {
		c.guests.dismiss(c.user, c.room.Network)
	}
}
