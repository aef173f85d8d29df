package process

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/yamlfile"
)

// Needed is a program that commands of a descriptor name.
type Needed struct {
	Name string
	// Path is where it is; empty if Err says why it cannot be run, or if the device makes it during a run.
	Path string
	Err  error
}

// Programs returns the programs of its commands, each once, and whether they are there. It starts none of them.
func (d *Descriptor) Programs() (all []Needed) {
	data := d.data(sampleSetup(device.Levers{}), sampleSession).with(device.Action{Verb: device.Call, Target: "+15551234567@example.com"})
	add := func(command []Text) {
		if len(command) == 0 {
			return
		}
		name, err := command[0].render(data)
		if slices.ContainsFunc(all, func(n Needed) bool { return n.Name == name }) {
			return
		}
		needed := Needed{Name: name, Err: err}
		if err == nil {
			needed.Path, needed.Err = d.locate(name, data.Dir)
		}
		all = append(all, needed)
	}
	add(d.Version.Command)
	for _, p := range d.Processes {
		add(p.Command)
	}
	d.eachStep(func(_ yamlfile.Path, s Step) { add(s.Run) })
	return all
}

// locate finds a program. One in the session's folder is there when a scenario runs.
func (d *Descriptor) locate(name, dir string) (string, error) {
	inside := name
	if filepath.IsAbs(name) {
		inside, _ = strings.CutPrefix(name, dir+string(filepath.Separator))
	}
	if !filepath.IsAbs(inside) && strings.ContainsRune(name, filepath.Separator) {
		file, made := d.Files[filepath.Clean(inside)]
		if made && file.Mode != 0 && file.Mode&0o111 == 0 {
			return "", fmt.Errorf("the file %s is made with the mode %04o, and cannot be run: %w", inside, file.Mode, fs.ErrPermission)
		}
		return "", nil
	}
	found, err := find(name, dir)
	if e, ok := errors.AsType[*exec.Error](err); ok {
		err = e.Err // which does not name the program twice
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	if err != nil {
		return "", fmt.Errorf("%s cannot be run: %w", name, err)
	}
	return found, nil
}

// ControlAt returns where a device at that address takes control messages over TCP; "" if it does not.
func (d *Descriptor) ControlAt(at netip.Addr) (string, error) {
	if d.ControlChannel == nil || d.ControlChannel.Transport != TCP {
		return "", nil
	}
	return d.ControlChannel.Address.render(d.dataAt(at))
}

// ListensAt returns where a device at that address takes SIP, by protocol.
func (d *Descriptor) ListensAt(at netip.Addr) (map[string]netip.AddrPort, error) {
	return d.listening(d.dataAt(at))
}

func (d *Descriptor) dataAt(at netip.Addr) *Data {
	setup := sampleSetup(device.Levers{})
	setup.Address = at
	return d.data(setup, sampleSession)
}
