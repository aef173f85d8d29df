package process

import (
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/sipconform/sipconform/harness/isolate"
	"github.com/sipconform/sipconform/internal/yamlfile"
)

// networkBits is the size of a session's network: the device's address and those of the vendor differ in the last octet.
const networkBits = 24

// room returns what the session has for itself, and what its descriptor names: the folder of device.yaml, its programs, and the
// files and folders in their arguments and environment.
func (s *session) room() isolate.Room {
	r := isolate.Room{Dir: s.data.Dir}
	if network, err := s.data.Address.Prefix(networkBits); err == nil && s.data.Address.Is4() {
		r.Network = network
	}
	if folder, err := s.data.Folder(); err == nil {
		r.Reach = append(r.Reach, folder)
	}
	var commands [][]Text
	for _, p := range s.device.Processes {
		commands = append(commands, p.Command)
	}
	s.device.eachStep(func(_ yamlfile.Path, step Step) { commands = append(commands, step.Run) })
	for _, command := range commands {
		for i, text := range command {
			argument, err := text.render(s.data)
			if err != nil {
				continue // a step has data of its own
			}
			if program, err := exec.LookPath(argument); i == 0 && err == nil {
				argument = program
			}
			r.Reach = append(r.Reach, s.outside(argument)...)
		}
	}
	for _, variable := range s.environ {
		if name, value, _ := strings.Cut(variable, "="); name != "PATH" {
			for _, path := range filepath.SplitList(value) {
				r.Reach = append(r.Reach, s.outside(path)...)
			}
		}
	}
	return r
}

// outside returns the path in a list if it is absolute and not in the session's folder.
func (s *session) outside(path string) []string {
	if !filepath.IsAbs(path) || path == s.data.Dir || strings.HasPrefix(path, s.data.Dir+string(filepath.Separator)) {
		return nil
	}
	return []string{path}
}
