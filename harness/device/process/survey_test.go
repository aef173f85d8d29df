package process

import (
	"errors"
	"io/fs"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
)

// TestInspect: all mistakes of a descriptor are told at once, each with its line, where Load tells of the first.
func TestInspect(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		yaml string
		want []string
	}{
		"none": {head, nil},
		"what is not decoded": {head + "procesess: []\nlimits: {memroy: 1GiB}\n",
			[]string{`device.yaml:5: the field "procesess" is unknown`, `device.yaml:6: the field "memroy" is unknown`}},
		"what is checked": {head + "processes: [{name: a}]\nlistening: {sctp: \"1\"}\nwords: {media: {RTP/AVP: rtp}}\n",
			[]string{"words for lever:media", "no command for the process a", `listens for "sctp"`}},
		"what is rendered": {head + "files: {a: {content: '{{.Nothing}}'}}\n", []string{"Nothing"}},
		"no YAML":          {"[", []string{"not valid YAML"}},
	} {
		d, mistakes := Inspect(t.Context(), fstest.MapFS{"device.yaml": {Data: []byte(c.yaml)}}, "device.yaml")
		if len(mistakes) != len(c.want) || (d == nil) != (name == "no YAML") {
			t.Errorf("%s: the mistakes are %v", name, mistakes)
			continue
		}
		for i, want := range c.want {
			if broken, ok := errors.AsType[*BrokenDescriptor](mistakes[i]); !ok || broken.Line == 0 || !strings.Contains(broken.Error(), want) {
				t.Errorf("%s: the mistake is %v, want %q", name, mistakes[i], want)
			}
		}
	}
	if _, mistakes := InspectFile(t.Context(), t.TempDir()+"/nothing"); len(mistakes) != 1 || !errors.Is(mistakes[0], fs.ErrNotExist) {
		t.Errorf("of no file: %v", mistakes)
	}
}

// TestPrograms: each program is named once, with what is wrong with it.
func TestPrograms(t *testing.T) {
	t.Parallel()
	d, err := Load(t.Context(), fstest.MapFS{"device.yaml": {Data: []byte(`name: phone
isolation: optional
capabilities: [options]
version: {command: [no-such-phone, --version], pattern: '(.+)'}
files:
  made.sh: {content: "#!/bin/sh\n", mode: 0o755}
  plain.sh: {content: "#!/bin/sh\n"}
processes:
  - {name: a, command: [./made.sh]}
  - {name: b, command: ["{{.Dir}}/made-later"]}
  - {name: c, command: [./plain.sh]}
  - {name: d, command: ["{{.Folder}}/beside"]}
actions:
  options: {steps: [{run: [/nowhere/phone]}, {run: [no-such-phone]}]}
`)}}, "device.yaml")
	if err != nil {
		t.Fatal(err)
	}
	wrong := make(map[string]error)
	for _, p := range d.Programs() {
		if _, twice := wrong[p.Name]; twice || p.Path != "" {
			t.Errorf("%+v", p)
		}
		wrong[p.Name] = p.Err
	}
	if len(wrong) != 6 || !errors.Is(wrong["no-such-phone"], exec.ErrNotFound) || !errors.Is(wrong["/nowhere/phone"], fs.ErrNotExist) ||
		wrong["./made.sh"] != nil || wrong["/sample/made-later"] != nil || !errors.Is(wrong["./plain.sh"], fs.ErrPermission) || wrong[""] == nil {
		t.Errorf("the programs are %v", wrong)
	}
}

// TestPorts: control and listening ports are those at the address that is asked about.
func TestPorts(t *testing.T) {
	t.Parallel()
	d, err := Load(t.Context(), fstest.MapFS{"device.yaml": {Data: []byte(head +
		"control: {transport: tcp, address: '{{.Address}}:4444', framing: line, format: json}\nlistening: {tls: '5061'}\n")}}, "device.yaml")
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddr("192.0.2.20")
	control, err := d.ControlAt(at)
	if err != nil || control != "192.0.2.20:4444" {
		t.Errorf("control is at %q, %v", control, err)
	}
	ports, err := d.ListensAt(at)
	if err != nil || len(ports) != 1 || ports["tls"] != netip.AddrPortFrom(at, 5061) {
		t.Errorf("it listens at %v, %v", ports, err)
	}
}
