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
	"path"
	"path/filepath"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
)

// renderFile is the content of one of the session's files.
func (d *Descriptor) renderFile(name string, data *Data) ([]byte, error) {
	file := d.Files[name]
	if file.Copy != "" {
		return fs.ReadFile(d.fsys, path.Join(d.folder, file.Copy))
	}
	source := file.Content
	if file.Template != "" {
		source = file.parsed
	}
	text, err := source.render(data)
	return []byte(text), err
}

// writeFiles makes the session's files.
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
		if err := os.WriteFile(target, content, d.Files[name].Mode); err != nil {
			return err
		}
	}
	return nil
}

// environment is all that a device's programs get: nothing of the user's but
// the search path, and every default place for files inside the session's.
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

// listening is where the device takes SIP.
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
			return nil, &renderError{text.line, fmt.Errorf("listening for %s is not a port or address: %w", protocol, err)}
		}
		where[protocol] = address
	}
	return where, nil
}

// checkRendering renders everything for a made-up scenario, and again with each
// lever: one that changes nothing is declared but does not exist.
func (d *Descriptor) checkRendering() error {
	plain, err := d.renderings(sampleSetup(device.Levers{}))
	if err != nil {
		return err
	}
	for i, c := range d.Capabilities {
		if _, isLever := levers[c]; !isLever {
			continue
		}
		changes, err := d.leverChanges(c, plain)
		if err != nil {
			return err
		}
		if !changes {
			return wrong(at("capabilities", fmt.Sprint(i)), "declares %s, but nothing changes when that is set", c)
		}
	}
	return nil
}

// leverChanges tells whether some value of the lever makes a difference. Values
// that the device has no word for are no mistakes.
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
		return false, &problem{Path: at("words", string(c)[len(leverPrefix):]), Message: fmt.Sprintf("declares %s, but has words for none of its values", c)}
	}
	return false, nil
}

// leverSamples are settings of one lever: some values, and every value that the
// device has a word for where that can be told.
func (d *Descriptor) leverSamples(c device.Capability) []device.Levers {
	samples := slices.Clone(levers[c])
	for _, value := range slices.Sorted(maps.Keys(d.Words[string(c)[len(leverPrefix):]])) {
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

// renderings is everything that a session would be made of, as one text.
func (d *Descriptor) renderings(setup device.Setup) (string, error) {
	data := d.data(setup, "sample")
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
	steps := slices.Concat(d.Start, d.Stop)
	for _, verb := range slices.Sorted(maps.Keys(d.Actions)) {
		steps = append(steps, d.Actions[verb].Steps...)
	}
	var messages []*Message
	if d.Control != nil {
		texts = append(texts, d.Control.Address)
		if d.Control.Poll != nil {
			messages = append(messages, &d.Control.Poll.Send)
		}
	}
	for _, step := range steps {
		texts = append(texts, step.Run...)
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

// sampleSetup is a made-up scenario.
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
