package process

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/testkit"
)

// head is the shortest descriptor, on lines 1 to 4.
const head = `name: phone
isolation: optional
capabilities: [options]
actions: {options: {steps: [{run: ['true']}]}}
`

func TestBrokenDescriptors(t *testing.T) {
	t.Parallel()
	const control = "control: {transport: tcp, address: a, framing: line, format: json}\n"
	for _, test := range []struct{ name, yaml, want string }{
		{"empty", "", "device.yaml:1: the file is empty: write a name, capabilities and actions, or remove it"},
		{"no YAML", head + "files: [}\n", "device.yaml:5: this is not valid YAML, here or just below: did not find expected node content"},
		{"tab", head + "files:\n\tx: 1\n", "device.yaml:6: this is not valid YAML, here or just below: found character that cannot start any token"},
		{"two documents", head + "---\nname: b\n", `device.yaml:5: a second document begins here: keep one, with no "---" below it`},
		{"unknown field", head + "procesess: []\n", `device.yaml:5: the field "procesess" is unknown: use name, description, version`},
		{"unknown field below", head + "limits:\n  memroy: 1GiB\n", `device.yaml:6: the field "memroy" is unknown: use memory, output`},
		{"twice", head + "name: other\n", `device.yaml:5: "name" is here a second time, after line 1: keep one of the two`},
		{"list for value", "name: [a]\n", "device.yaml:1: found a list where text belongs"},
		{"list for text", head + "environment: {A: [b]}\n", "device.yaml:5: found a list where text belongs"},
		{"value for list", head + "packages: baresip\n", `device.yaml:5: found "baresip" where a list belongs: write [baresip]`},
		{"value for mapping", head + "limits: 5\n", `device.yaml:5: found "5" where a mapping belongs`},
		{"duration", head + "limits:\n  quiet: soon\n", `device.yaml:6: found "soon" where a duration belongs: write one such as 1500ms or 10s`},
		{"size", head + "limits:\n  memory: much\n", `device.yaml:6: found "much" where a size belongs: write one such as 512MiB`},
		{"negative", head + "limits:\n  quiet: -1s\n", "device.yaml:6: has a negative limit quiet"},
		{"boolean", head + "processes:\n  - {name: p, command: [p], keep_input: perhaps}\n", `device.yaml:6: found "perhaps" where true or false belongs`},
		{"expression", head + "events:\n  - {pattern: '(', name: X}\n", "device.yaml:6: has a broken regular expression: error parsing regexp: missing closing ): `(`"},
		{"template syntax", head + "environment:\n  A: '{{.Dir'\n", "device.yaml:6: has a broken template: unclosed action"},
		{"template function", head + "environment:\n  A: '{{shout .Dir}}'\n", `device.yaml:6: has a broken template: function "shout" not defined`},
		{"template field", head + "environment:\n  A: '{{.Directory}}'\n", "device.yaml:6: does not render: environment variable A: at <.Directory>: can't evaluate field Directory in type *process.Data"},
		{"template file field", head + "files:\n  config: {template: bad.tmpl}\n", "bad.tmpl: does not render: at <.Nothing>"},
		{"template file syntax", head + "files:\n  config: {template: broken.tmpl}\n", "broken.tmpl: has a broken template: unclosed action"},
		{"unknown value", head + "environment:\n  A: '{{.Value \"x\"}}'\n", `there is no value "x"`},
		{"circle", head + "values: {x: '{{.Value \"x\"}}'}\nenvironment: {A: '{{.Value \"x\"}}'}\n", `the value "x" uses itself`},
		{"no name", strings.Replace(head, "phone", "''", 1), `device.yaml:1: has the name "": give one of lower-case letters, digits, dots and hyphens`},
		{"version", head + "version: {command: [a]}\n", "device.yaml:5: wants both a command and a pattern"},
		{"version group", head + "version:\n  command: [a]\n  pattern: v1\n", "device.yaml:7: wants a group ( ) around the version in its pattern"},
		{"isolation", strings.Replace(head, "optional", "maybe", 1), `device.yaml:2: has the isolation "maybe": say required or optional`},
		{"no capabilities", strings.Replace(head, "[options]", "[]", 1), "device.yaml:3: declares no capabilities"},
		{"unknown capability", strings.Replace(head, "[options]", "\n  - options\n  - lever:mkis", 1), `device.yaml:5: declares the unknown capability "lever:mkis"`},
		{"TLS capability", strings.Replace(head, "options]", "options, tls:1.4]", 1), `declares the unknown capability "tls:1.4"`},
		{"twice a capability", strings.Replace(head, "options]", "options, options]", 1), "declares options twice"},
		{"no action for a capability", strings.Replace(head, "options]", "call-out]", 1), "declares call-out but has no action call"},
		{"listens nowhere", strings.Replace(head, "options]", "listen-tls]", 1), "declares listen-tls but does not say under listening where"},
		{"lever without effect", strings.Replace(head, "[options]", "\n  - options\n  - lever:mki", 1), "device.yaml:5: declares lever:mki, but nothing changes when it is set"},
		{"lever without words", strings.Replace(head, "options]", "options, lever:media]", 1) + "words: {media: {}}\nenvironment: {A: '{{.Word \"media\"}}'}\n", "device.yaml:5: declares lever:media, but has words for none of its values"},
		{"words for nothing", head + "words:\n  colour: {red: r}\n", `device.yaml:6: has words for the unknown lever "colour"`},
		{"words without capability", head + "words:\n  media: {RTP/AVP: plain}\n", "device.yaml:6: has words for lever:media, which its capabilities do not declare"},
		{"file outside", head + "files:\n  ../x: {content: a}\n", `device.yaml:6: makes the file "../x": it must stay inside the session's folder`},
		{"file of ours", head + "files:\n  device.log: {content: a}\n", "device.yaml:6: makes the file device.log"},
		{"file of two sources", head + "files:\n  x: {content: a, copy: b}\n", "wants exactly one of template, copy and content for the file x"},
		{"file without source", head + "files:\n  x: {mode: 0600}\n", "wants exactly one of template, copy and content for the file x"},
		{"missing file", head + "files:\n  x: {template: none.tmpl}\n", "device.yaml:6: refers to none.tmpl, which cannot be read beside it"},
		{"process without name", head + "processes:\n  - {command: [p]}\n", "device.yaml:6: has a process without a name"},
		{"process without command", head + "processes:\n  - {name: p}\n", "has no command for the process p"},
		{"process twice", head + "processes:\n  - {name: p, command: [p]}\n  - {name: p, command: [p]}\n", "device.yaml:7: has two processes named p"},
		{"ready twice", head + "processes:\n  - {name: p, command: [p], ready: {log: a, tcp: b}}\n", "wants at most one of log, tcp and exit for the process p"},
		{"transport", head + "control: {transport: pigeon, framing: line, format: text}\n", `has the control transport "pigeon": say tcp, unix or stdin`},
		{"framing", head + "control: {transport: tcp, framing: frames, format: text}\n", `has the control framing "frames": say line or netstring`},
		{"format", head + "control: {transport: tcp, framing: line, format: xml}\n", `has the control format "xml": say text or json`},
		{"no address", head + "control: {transport: unix, framing: line, format: text}\n", "has no address for control over unix"},
		{"no process", head + "control: {transport: stdin, process: p, framing: line, format: text}\n", `controls the process "p", which is not among its processes`},
		{"reply in text", head + "control: {transport: tcp, address: a, framing: line, format: text, token: t}\n", "has a token or reply fields for control in text"},
		{"poll of JSON", head + strings.Replace(control, "json}", "json, poll: {send: {a: b}, until: x, every: 1s}}", 1), "polls a JSON protocol"},
		{"poll without end", head + "control: {transport: tcp, address: a, framing: line, format: text, poll: {send: a}}\n", "wants both until and every for its poll"},
		{"event of nothing", head + "events:\n  - {name: X}\n", "device.yaml:6: wants either field or pattern for an event"},
		{"event by field", head + "events: [{field: x}]\n", "takes an event from the field x, but there is no control in json"},
		{"event without name", head + "events: [{pattern: x}]\n", "has no name for an event by pattern"},
		{"no actions", "name: a\nisolation: optional\ncapabilities: [echo]\n", "has no actions: the device cannot be told anything"},
		{"no steps", head + "x: 1\n", `the field "x" is unknown`},
		{"empty action", strings.Replace(head, "{steps: [{run: ['true']}]}", "{}", 1), "device.yaml:4: has no steps for the action options"},
		{"empty step", head + "stop:\n  - {}\n", "device.yaml:6: wants exactly one of send, run, signal, await, pause and ask in a step"},
		{"double step", head + "stop:\n  - {run: [a], await: b}\n", "wants exactly one of send, run, signal, await, pause and ask in a step"},
		{"send to nobody", head + "stop:\n  - {send: a}\n", "sends a control message but has no control"},
		{"mapping in text", head + strings.Replace(control, "json", "text", 1) + "stop:\n  - {send: {a: b}}\n", "device.yaml:7: sends a mapping, but the control format is text"},
		{"text in JSON", head + control + "stop:\n  - {send: quit}\n", "sends text, but the control format is json: write a mapping"},
		{"list in JSON", head + control + "stop:\n  - {send: [quit]}\n", "device.yaml:7: found a list where text or a mapping belongs"},
		{"not JSON", head + control + "stop:\n  - {send: {a: !json '{'}}\n", "device.yaml:7: does not render: the result of !json is not JSON: {"},
		{"alias", head + control + "stop:\n  - {send: {a: &x b, c: *x}}\n", "device.yaml:7: has an alias inside a control message"},
		{"signal", head + "processes: [{name: p, command: [p]}]\nstop:\n  - {signal: JUMP, process: p}\n", `sends the unknown signal "JUMP": say such as HUP or USR1`},
		{"signal to nobody", head + "stop:\n  - {signal: HUP, process: p}\n", `signals the process "p", which is neither`},
		{"process for nothing", head + "stop:\n  - {await: x, process: p}\n", "names a process in a step that neither runs nor signals one"},
		{"command named as a process", head + "processes: [{name: p, command: [p]}]\nstop:\n  - {run: [x], process: p}\n", "gives a command the name p, which is a process's"},
		{"double pause", head + "stop:\n  - {await: x, pause: 1s}\n", "wants exactly one of send, run, signal, await, pause and ask in a step"},
		{"long pause", head + "stop:\n  - {pause: 5s}\n", "device.yaml:6: pauses for 5s: give a duration between 0 and limits.action, 5s"},
		{"pause backwards", head + "stop:\n  - {pause: -1s}\n", "device.yaml:6: pauses for -1s"},
		{"wait for nothing", head + "stop:\n  - {await: x, wait: true}\n", "says wait in a step that runs nothing"},
		{"pattern for nothing", head + "stop:\n  - {run: [x], failure: y}\n", "has success, failure or unsupported in a step that neither sends nor awaits"},
		{"two patterns for one", head + "stop:\n  - {await: x, success: y}\n", "has both await and success in a step: they mean the same, keep one"},
		{"protocol", head + "listening:\n  sctp: '5060'\n", `device.yaml:6: listens for "sctp": say udp, tcp or tls`},
		{"port", head + "listening:\n  tls: sip\n", "device.yaml:6: does not render: listening for tls wants a port, or an address and port"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(t.Context(), fstest.MapFS{
				"devices/phone/device.yaml": {Data: []byte(test.yaml)},
				"devices/phone/bad.tmpl":    {Data: []byte("{{.Nothing}}")},
				"devices/phone/broken.tmpl": {Data: []byte("{{")},
			}, "devices/phone/device.yaml")
			broken, ok := errors.AsType[*BrokenDescriptor](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			want := test.want
			if strings.HasPrefix(want, "device.yaml") || strings.HasPrefix(want, "b") && strings.Contains(want, ".tmpl") {
				want = "broken descriptor: devices/phone/" + want
			}
			if !strings.Contains(broken.Error(), want) || strings.Contains(broken.Error(), "\n") {
				t.Errorf("\n got %s\nwant %s", broken, want)
			}
		})
	}
}

func TestLoadFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "device.yaml")
	if _, err := LoadFile(t.Context(), folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	write := func(content string) {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("name: 1\nx: y\n")
	if _, err := LoadFile(t.Context(), folder); err == nil || !strings.Contains(err.Error(), file+`:2: the field "x" is unknown`) {
		t.Errorf("broken: %v", err)
	}
	write(head + "environment: {A: '{{.Folder}}'}\n")
	for _, path := range []string{folder, file} {
		d, err := LoadFile(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := d.environment(d.data(sampleSetup(device.Levers{}), "s")); err != nil || !slices.Contains(got, "A="+folder) {
			t.Errorf("environment %q, %v", got, err)
		}
	}
}

// TestFixturesLoad loads every descriptor in fixtures/devices.
func TestFixturesLoad(t *testing.T) {
	t.Parallel()
	found, err := filepath.Glob("../../../fixtures/devices/*/device.yaml")
	if err != nil || len(found) == 0 {
		t.Fatalf("no descriptors: %v", err)
	}
	for _, file := range found {
		name := filepath.Base(filepath.Dir(file))
		d, err := Load(t.Context(), fixtures.FS, "devices/"+name+"/device.yaml")
		if err != nil {
			t.Error(err)
		} else if d.Name != name {
			t.Errorf("the folder %s holds the device %s", name, d.Name)
		}
	}
}

// TestReadmeExamples loads the descriptors in the documentation.
func TestReadmeExamples(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]int{"SHIM.md": 1} {
		text, err := os.ReadFile(filepath.Join("../../../fixtures/devices", file))
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(string(text), "```yaml\nname:")[1:]
		if len(blocks) < want {
			t.Errorf("%s has %d examples, want %d", file, len(blocks), want)
		}
		for _, block := range blocks {
			block, _, _ = strings.Cut("name:"+block, "\n```")
			system := fstest.MapFS{"device.yaml": {Data: []byte(block)}}
			for _, line := range strings.Split(block, "\n") {
				for _, key := range []string{"template: ", "copy: "} {
					if _, name, found := strings.Cut(line, key); found {
						system[strings.Trim(name, "}, ")] = &fstest.MapFile{}
					}
				}
			}
			if _, err := Load(t.Context(), system, "device.yaml"); err != nil {
				t.Errorf("%s: %v\n%s", file, err, numbered(block))
			}
		}
	}
}

// TestCapabilitiesAreThoseOfPackageDevice fails if a capability of package device is missing in the tables here.
func TestCapabilitiesAreThoseOfPackageDevice(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../capabilities.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			return true
		}
		text, _ := strconv.Unquote(literal.Value)
		count++
		_, isRole := roles[device.Capability(text)]
		samples, isLever := levers[device.Capability(text)]
		if !isRole && !isLever {
			t.Errorf("%s is in neither table", text)
		}
		for _, sample := range samples {
			if len(sample.Values()[strings.TrimPrefix(text, "lever:")]) == 0 {
				t.Errorf("a sample of %s does not set it: %+v", text, sample)
			}
		}
		return true
	})
	if count != len(roles)+len(levers) {
		t.Errorf("package device has %d capabilities, the tables %d", count, len(roles)+len(levers))
	}
}

func TestOpenSSLNames(t *testing.T) {
	t.Parallel()
	output, err := testkit.Command(t, "openssl", "ciphers", "-V", "-ciphersuites",
		"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256",
		"ALL:COMPLEMENTOFALL:@SECLEVEL=0").Output()
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[uint16]string)
	for line := range strings.Lines(string(output)) {
		fields := strings.Fields(line) // 0xC0,0x30 - NAME …
		high, low, _ := strings.Cut(fields[0], ",")
		number, err := strconv.ParseUint(strings.TrimPrefix(high, "0x")+strings.TrimPrefix(low, "0x"), 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		known[uint16(number)] = fields[2]
	}
	for number, name := range opensslSuiteNames {
		if known[number] != name {
			t.Errorf("0x%04X is %q, OpenSSL says %q", number, name, known[number])
		}
	}
}

func TestTLSNames(t *testing.T) {
	t.Parallel()
	mixed := []uint16{0xC030, 0x1302, 0x009E, 0x1301}
	below, of13 := suitesOf(mixed, false), suitesOf(mixed, true)
	if !slices.Equal(below, []uint16{0xC030, 0x009E}) || !slices.Equal(of13, []uint16{0x1302, 0x1301}) {
		t.Errorf("%x is %x below TLS 1.3, and %x", mixed, below, of13)
	}
	for v, want := range map[uint16][3]string{
		0x0301: {"1.0", "TLSv1", "tls1.0"}, 0x0302: {"1.1", "TLSv1.1", "tls1.1"}, 0x0304: {"1.3", "TLSv1.3", "tls1.3"},
	} {
		if got := [3]string{device.TLSVersionName(v), opensslVersion(v), gnutlsVersion(v)}; got != want {
			t.Errorf("0x%04X: got %q, want %q", v, got, want)
		}
	}
	if got := versionsOut(0x0303, 0); !slices.Equal(got, []uint16{0x0301, 0x0302}) {
		t.Errorf("outside 1.2 and up: %x", got)
	}
	if got := (device.Levers{TLSMax: 0x0302}).Values()["tls-version"]; !slices.Equal(got, []string{"1.0", "1.1"}) {
		t.Errorf("up to 1.1: %q", got)
	}
}
