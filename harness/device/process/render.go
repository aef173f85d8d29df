package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/sipconform/sipconform/harness/device"
)

// renderFile returns the content of a file of the session.
func (d *Descriptor) renderFile(name string, data *Data) ([]byte, error) {
	file := d.Files[name]
	if file.Copy != "" {
		return file.copied, nil
	}
	source := file.Content
	if file.Template != "" {
		source = file.parsed
	}
	text, err := source.render(data)
	return []byte(text), err
}

// writeFiles writes the files of the session.
func (d *Descriptor) writeFiles(data *Data) error {
	for _, name := range slices.Sorted(maps.Keys(d.Files)) {
		content, err := d.renderFile(name, data)
		if err != nil {
			return fmt.Errorf("file %s: %w", name, err)
		}
		target := filepath.Join(data.Dir, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		if err := writeFile(target, content, d.Files[name].Mode); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes a file that may be a program. While it is open for writing, no process is forked: the child would
// hold it open until it executes a program of its own, and the system runs no file that is open for writing.
func writeFile(target string, content []byte, mode fs.FileMode) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(target, content, mode)
}

// environment returns the environment of the device's programs. From the user's it has only the search path, and the default
// places for files are in the session's folder.
func (d *Descriptor) environment(data *Data) ([]string, error) {
	variables := map[string]string{
		"PATH": os.Getenv("PATH"), "LANG": "C.UTF-8", "HOME": data.Dir, "TMPDIR": data.Dir,
	}
	for _, name := range slices.Sorted(maps.Keys(d.Environment)) {
		value, err := d.Environment[name].render(data)
		if err != nil {
			return nil, fmt.Errorf("environment variable %s: %w", name, err)
		}
		variables[name] = value
		if value == "" {
			delete(variables, name)
		}
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		list = append(list, name+"="+variables[name])
	}
	return list, nil
}

// listening returns where the device takes SIP, by protocol.
func (d *Descriptor) listening(data *Data) (map[string]netip.AddrPort, error) {
	where := make(map[string]netip.AddrPort)
	for protocol, text := range d.Listening {
		value, err := text.render(data)
		if err != nil {
			return nil, err
		}
		if value == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(value); err != nil {
			value = net.JoinHostPort(data.Address.String(), value)
		}
		address, err := netip.ParseAddrPort(value)
		if err != nil {
			return nil, &renderError{text.line, fmt.Errorf("listening for %s wants a port, or an address and port: %w", protocol, err)}
		}
		where[protocol] = address
	}
	return where, nil
}

// checkRendering renders everything for a made-up scenario, and again in each configuration and with each lever that the
// device declares. A lever that changes nothing is a mistake.
func (d *Descriptor) checkRendering() error {
	plain, err := d.renderings(sampleSetup(device.Levers{}))
	if err != nil {
		return err
	}
	for _, c := range d.Configurations {
		if _, err := d.renderings(sampleSetup(c.Levers.Levers)); err != nil {
			return err
		}
	}
	for i, c := range d.Capabilities {
		if _, isLever := levers[c]; !isLever || d.setByPerson() {
			continue // a person is shown the settings
		}
		changes, err := d.leverChanges(c, plain)
		if err != nil {
			return err
		}
		if !changes {
			return wrong(at("capabilities", i), "declares %s, but nothing changes when it is set", c)
		}
	}
	return nil
}

// leverChanges tells whether any value of the lever makes a difference. It skips values that the device has no word for.
func (d *Descriptor) leverChanges(c device.Capability, plain string) (bool, error) {
	supported := false
	for _, sample := range d.leverSamples(c) {
		set, err := d.renderings(sampleSetup(sample))
		if errors.Is(err, device.ErrUnsupported) {
			continue
		}
		if err != nil {
			return false, err
		}
		supported = true
		if set != plain {
			return true, nil
		}
	}
	if !supported {
		return false, wrong(at("words", string(c)[len("lever:"):]), "declares %s, but has words for none of its values", c)
	}
	return false, nil
}

// leverSamples returns settings of a lever to try: some values, and for some levers every value that the device has a word
// for.
func (d *Descriptor) leverSamples(c device.Capability) []device.Levers {
	samples := slices.Clone(levers[c])
	for _, value := range slices.Sorted(maps.Keys(d.Words[string(c)[len("lever:"):]])) {
		switch c {
		case device.LeverMedia:
			samples = append(samples, device.Levers{Media: device.Media(value)})
		case device.LeverTransport:
			samples = append(samples, device.Levers{Transport: value})
		case device.LeverSRTPSuites:
			samples = append(samples, device.Levers{SRTPSuites: []string{value}})
		}
	}
	return samples
}

// renderings returns everything that is rendered for a session, as one text.
func (d *Descriptor) renderings(setup device.Setup) (string, error) {
	data := d.data(setup, sampleSession)
	data.folder = "/sample"
	var all []any
	for _, name := range slices.Sorted(maps.Keys(d.Files)) {
		content, err := d.renderFile(name, data)
		if err != nil {
			return "", asProblem(err, d.Files[name].Template)
		}
		all = append(all, string(content))
	}
	environment, err := d.environment(data)
	if err != nil {
		return "", asProblem(err, "")
	}
	where, err := d.listening(data)
	if err != nil {
		return "", asProblem(err, "")
	}
	all = append(all, environment, where)
	texts := slices.Concat(d.Version.Command, d.Remove)
	for _, p := range d.Processes {
		texts = append(append(texts, p.Command...), p.Ready.TCP)
	}
	steps := slices.Concat(d.Configure, d.Start, d.Stop)
	for _, verb := range slices.Sorted(maps.Keys(d.Actions)) {
		steps = append(steps, d.Actions[verb].Steps...)
	}
	var messages []*Message
	if d.ControlChannel != nil {
		texts = append(texts, d.ControlChannel.Address)
		if d.ControlChannel.Poll != nil {
			messages = append(messages, &d.ControlChannel.Poll.Send)
		}
	}
	for _, step := range steps {
		texts = append(append(texts, step.Run...), step.Ask...)
		if step.Send != nil {
			messages = append(messages, step.Send)
		}
	}
	data = data.with(device.Action{Verb: device.Call, Target: "+15551234567@example.com"})
	for _, m := range messages {
		rendered, err := m.render(data, "", "")
		if err != nil {
			return "", asProblem(err, "")
		}
		all = append(all, string(rendered))
	}
	rendered, err := renderAll(texts, data)
	if err != nil {
		return "", asProblem(err, "")
	}
	text, err := json.Marshal(append(all, rendered))
	return string(text), err
}

// sampleSetup returns the setup of a made-up scenario.
func sampleSetup(l device.Levers) device.Setup {
	return device.Setup{
		Dir:         "/sample",
		Address:     netip.AddrFrom4([4]byte{127, 1, 2, 2}),
		DNS:         netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 53}), 53),
		Account:     device.Account{User: "alice", Password: "secret", Domain: "example.com"},
		Trust:       []byte("trust\n"),
		Certificate: []byte("certificate\n"),
		Key:         []byte("key\n"),
		Levers:      l,
	}
}
