package process

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
)

// sampleSession is the session of the made-up scenario for which descriptors are checked.
const sampleSession = "sipconform-sample"

// temporary are the folders outside the session's in which a descriptor may remove what the session has left there.
func temporary() []string {
	folders := []string{"/tmp", "/var/tmp", "/dev/shm", filepath.Clean(os.TempDir())}
	return slices.DeleteFunc(folders, func(folder string) bool { return !filepath.IsAbs(folder) })
}

// removable returns the folder below which a file that the session has left can be removed, and the file's path inside. A
// file is the session's if it is below the session's folder, or below a folder for temporary files and has the session's
// name in its first step: that name is random, so that nobody else has such a file.
func removable(file, dir, session string) (folder, local string, ok bool) {
	if !filepath.IsAbs(file) || filepath.Clean(file) != file {
		return "", "", false
	}
	for _, folder := range append([]string{filepath.Clean(dir)}, temporary()...) {
		local, below := strings.CutPrefix(file, folder+string(filepath.Separator))
		first, _, _ := strings.Cut(local, string(filepath.Separator))
		if below && (folder == filepath.Clean(dir) || strings.Contains(first, session)) {
			return folder, local, true
		}
	}
	return "", "", false
}

// checkRemove checks what is removed outside the session's folder.
func (d *Descriptor) checkRemove() error {
	setup := sampleSetup(device.Levers{})
	data := d.data(setup, sampleSession)
	for i, text := range d.Remove {
		file, err := text.render(data)
		if err != nil {
			return asProblem(err, "")
		}
		if _, _, ok := removable(file, setup.Dir, sampleSession); !ok {
			return wrong(at("remove", i), "removes %q, which may be somebody else's: name a file below {{.Dir}}, "+
				"or one with {{.Session}} in its name in a folder for temporary files, such as /tmp/{{.Session}}", file)
		}
	}
	return nil
}

// removeLeft removes what the device has left. It goes through no symbolic link that leads elsewhere.
func (s *session) removeLeft() {
	for _, text := range s.device.Remove {
		file, err := text.render(s.data)
		if err != nil {
			continue
		}
		folder, local, ok := removable(file, s.data.Dir, s.data.Session)
		if !ok {
			continue // a lever made another file of it than that which was checked
		}
		if root, err := os.OpenRoot(folder); err == nil {
			if direct(root, filepath.Dir(local)) {
				_ = root.Remove(local) // usually the device has removed it
			}
			_ = root.Close()
		}
	}
}

// direct tells whether no step of a path inside root is a symbolic link.
func direct(root *os.Root, local string) bool {
	if local == "." {
		return true
	}
	info, err := root.Lstat(local)
	return err == nil && info.IsDir() && direct(root, filepath.Dir(local))
}
