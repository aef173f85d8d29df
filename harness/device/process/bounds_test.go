package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/userfile"
)

// list returns a list in YAML with n times the same entry.
func list(n int, entry string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(entry+", ", n), ", ") + "]"
}

// mapping returns a mapping in YAML with n keys.
func mapping(n int, value string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: %s, ", i, value)
	}
	return "{" + strings.TrimSuffix(b.String(), ", ") + "}"
}

// TestMaxima has every limit, duration and count of a descriptor, at its maximum and beyond it.
func TestMaxima(t *testing.T) {
	t.Parallel()
	poll := func(every string) string {
		return "control: {transport: tcp, address: a, framing: line, format: text, poll: {send: a, until: x, every: " + every + "}}\n"
	}
	for _, test := range []struct{ name, least, most, above, want string }{
		{"memory", "limits: {memory: 1B}", "limits: {memory: 64GiB}", "limits: {memory: 65GiB}", "a limit memory above the maximum, 64GiB"},
		{"output", "limits: {output: 1KiB}", "limits: {output: 64MiB}", "limits: {output: 65MiB}", "a limit output above the maximum, 64MiB"},
		{"little output", "", "", "limits: {output: 1B}", "a limit output of 1 bytes: give 1KiB or more"},
		{"start", "limits: {start: 1ns}", "limits: {start: 10m}", "limits: {start: 10m1ns}", "a limit start above the maximum, 10m"},
		{"action", "limits: {action: 1ns}", "limits: {action: 5m}", "limits: {action: 300h}", "a limit action above the maximum, 5m"},
		{"quiet", "limits: {quiet: 1ns}", "limits: {quiet: 5m}", "limits: {quiet: 6m}", "a limit quiet above the maximum, 5m"},
		{"stop", "limits: {stop: 1ns}", "limits: {stop: 1m}", "limits: {stop: 61s}", "a limit stop above the maximum, 1m"},
		{"poll", poll("10ms"), poll("1m"), poll("2m"), "polls every 2m0s: give a time between 10ms and 1m0s"},
		{"fast poll", "", "", poll("1ms"), "polls every 1ms"},
		{"pause", "", "limits: {action: 5m}\nstop: [{pause: 4m}]", "stop: [{pause: 8760h}]", "pauses for 8760h0m0s"},
		{"mode", "files: {x: {content: a, mode: 0001}}", "files: {x: {content: a, mode: 0777}}", "files: {x: {content: a, mode: 04755}}", "the mode 4755"},
		{"description", "", "description: " + strings.Repeat("x", 500), "description: " + strings.Repeat("x", 501), "has 501 characters here"},
		{"expression", "", "events: [{pattern: " + strings.Repeat("x", 1000) + ", name: n}]", "events: [{pattern: " + strings.Repeat("x", 1001) + ", name: n}]", "a regular expression of 1001 characters"},
		{"processes", "", "", "processes: " + list(17, "{name: p, command: [p]}"), "has 17 entries here, and 16 are the maximum"},
		{"name of a process", "", "", "processes: [{name: " + strings.Repeat("p", 65) + ", command: [p]}]", "has 65 characters here"},
		{"arguments", "", "processes: [{name: p, command: " + list(256, "p") + "}]", "processes: [{name: p, command: " + list(257, "p") + "}]", "has 257 entries here"},
		{"packages", "", "packages: " + list(256, "p"), "packages: " + list(257, "p"), "has 257 entries here"},
		{"values", "", "values: " + mapping(256, "v"), "values: " + mapping(257, "v"), "has 257 entries here"},
		{"files", "", "files: " + mapping(256, "{content: c}"), "files: " + mapping(257, "{content: c}"), "has 257 entries here"},
		{"environment", "", "environment: " + mapping(256, "v"), "environment: " + mapping(257, "v"), "has 257 entries here"},
		{"words", "", "", "words: " + mapping(257, "{a: b}"), "has 257 entries here"},
		{"words of a lever", "", "", "words: {media: " + mapping(257, "b") + "}", "has 257 entries here"},
		{"configurations", "", "", "configuration: " + list(257, "{name: a}"), "has 257 entries here"},
		{"what a configuration gives up", "", "", "configuration: [{name: a, gives_up: " + list(257, "'area:tls'") + "}]", "has 257 entries here"},
		{"events", "", "events: " + list(256, "{pattern: x, name: n}"), "events: " + list(257, "{pattern: x, name: n}"), "has 257 entries here"},
		{"start steps", "", "start: " + list(256, "{pause: 1s}"), "start: " + list(257, "{pause: 1s}"), "has 257 entries here"},
		{"stop steps", "", "stop: " + list(256, "{pause: 1s}"), "stop: " + list(257, "{pause: 1s}"), "has 257 entries here"},
		{"arguments of a step", "", "stop: [{run: " + list(256, "a") + "}]", "stop: [{run: " + list(257, "a") + "}]", "has 257 entries here"},
		{"what is removed", "", "remove: " + list(256, "'/tmp/{{.Session}}'"), "remove: " + list(257, "'/tmp/{{.Session}}'"), "has 257 entries here"},
		{"version command", "", "", "version: {command: " + list(257, "a") + ", pattern: (a)}", "has 257 entries here"},
		{"endless text", "", "environment: {A: '{{range 1000}}{{$.Dir}}{{end}}'}", "environment: {A: '{{range 100000000}}{{printf \"%100s\" $.Dir}}{{end}}'}", "the text has more than 8388608 bytes"},
		{"endless loop", "", "environment: {A: '{{range 1000}}{{end}}'}", "environment: {A: '{{range 100000000000}}{{end}}'}", "it takes more than 200000 steps"},
		{"loops in values", "", "",
			"values: {a: '{{range 90000}}{{end}}'}\nenvironment: {A: '{{range 900}}{{$.Value \"a\"}}{{end}}'}", "it takes more than 200000 steps"},
		{"values that multiply", "", "",
			"values: {a: '', b: '{{range 200}}{{$.Value \"a\"}}{{end}}', c: '{{range 200}}{{$.Value \"b\"}}{{end}}'}\nenvironment: {A: '{{.Value \"c\"}}'}",
			"the text uses more than 10000 values"},
		{"device.log by another name", "", "", "files: {./device.log: {content: a}}", "in which the harness keeps the device's output"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			read := func(rest string) error {
				_, err := Load(t.Context(), fstest.MapFS{"device.yaml": {Data: []byte(head + rest + "\n")}}, "device.yaml")
				return err
			}
			for _, allowed := range []string{test.least, test.most} {
				if err := read(allowed); err != nil {
					t.Errorf("%.100s: %v", allowed, err)
				}
			}
			if test.above == "" {
				return
			}
			broken, ok := errors.AsType[*BrokenDescriptor](read(test.above))
			if !ok || !strings.Contains(broken.Error(), test.want) || broken.Line == 0 || strings.Contains(broken.Error(), "\n") {
				t.Errorf("%.100s: got %v, want %q", test.above, broken, test.want)
			}
		})
	}
}

// TestLoadBounds has a device claim what a vendor's mock does not bear, and what it does.
func TestLoadBounds(t *testing.T) {
	t.Parallel()
	able := strings.Replace(head, "capabilities: [", "capabilities: [load, ", 1)
	for _, test := range []struct{ head, load, want string }{
		{able, "{calls: 32, rate: 50, for: 15s}", ""},
		{able, "{calls: 4, rate: 0.5, for: 2m}", ""},
		{head, "{calls: 4, rate: 1, for: 1m}", "declare the capability load, too"},
		{able, "{calls: 0, rate: 1, for: 1m}", "takes 0 calls at once: give a number from 1 to 32"},
		{able, "{calls: 33, rate: 1, for: 1s}", "takes 33 calls at once"},
		{able, "{calls: 4, rate: 0, for: 1m}", "has calls begun at 0 a second: give a rate above 0, up to 50"},
		{able, "{calls: 4, rate: 51, for: 1m}", "has calls begun at 51 a second"},
		{able, "{calls: 4, rate: .nan, for: 1m}", "has calls begun at NaN a second"},
		{able, "{calls: 4, rate: 1}", "goes on for 0s: give a time up to 2m0s, of which calls times for is at most 8m0s"},
		{able, "{calls: 32, rate: 1, for: 16s}", "goes on for 16s"},
	} {
		file := fstest.MapFS{"device.yaml": {Data: []byte(test.head + "load: " + test.load + "\n")}}
		switch d, err := Load(t.Context(), file, "device.yaml"); {
		case test.want == "" && err != nil, test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: %v, want %q", test.load, err, test.want)
		case err == nil && device.LoadOf(New(d)).Calls != d.Load.Calls:
			t.Errorf("%s is %+v", test.load, device.LoadOf(New(d)))
		}
	}
}

// TestEveryListIsCounted fails for a list or mapping of the descriptor that no maximum holds for.
func TestEveryListIsCounted(t *testing.T) {
	t.Parallel()
	// Few: the protocols of listening are three, and control messages are as long as the file.
	known := map[string]bool{"listening": true}
	for _, c := range (&Descriptor{}).counts() {
		known[c.place[0].(string)] = true
	}
	descriptor := reflect.TypeFor[Descriptor]()
	for i := range descriptor.NumField() {
		f := descriptor.Field(i)
		if kind := f.Type.Kind(); (kind == reflect.Slice || kind == reflect.Map) && f.IsExported() && !known[f.Tag.Get("yaml")] {
			t.Errorf("%s has no maximum", f.Name)
		}
	}
}

// TestFilesBeside has what can stand where a descriptor copies a file from.
func TestFilesBeside(t *testing.T) {
	t.Parallel()
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.WriteFile(elsewhere, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	sized := func(size int64) func(string) error {
		return func(path string) error { return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, size)) }
	}
	link := func(target string) func(string) error {
		return func(path string) error { return os.Symlink(target, path) }
	}
	pipe := func(path string) error { return syscall.Mkfifo(path, 0o600) }
	for _, test := range []struct {
		name, yaml string
		make       func(path string) error // where "x" is
		want       string                  // "" if it is taken
	}{
		{"a file", "copy: x", sized(10), ""},
		{"the largest file", "copy: x", sized(userfile.MaxCopy), ""},
		{"a huge file", "copy: x", sized(1 << 40), "it has 1099511627776 bytes, and 33554432 are the maximum"},
		{"a huge template", "template: x", sized(userfile.MaxText + 1), "1048576 are the maximum"},
		{"a pipe", "copy: x", pipe, "it is a named pipe: put a regular file there"},
		{"a pipe as template", "template: x", pipe, "it is a named pipe: put a regular file there"},
		{"a folder", "copy: x", func(path string) error { return os.Mkdir(path, 0o700) }, "it is a folder"},
		{"a folder that loops", "copy: x/x/x", link("."), "it is a folder"},
		{"a link to a device", "copy: x", link("/dev/zero"), "leads out of the folder"},
		{"a link elsewhere", "copy: x", link(elsewhere), "leads out of the folder"},
		{"a link upwards", "copy: x", link("../../../../../../etc/passwd"), "leads out of the folder"},
		{"a path upwards", "copy: ../x", sized(1), "invalid argument"},
		{"a path from the root", "copy: /etc/passwd", sized(1), "no such file"},
		{"nothing", "copy: x", func(string) error { return nil }, "no such file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			yaml := head + "files:\n  here: {" + test.yaml + "}\n"
			if err := errors.Join(test.make(filepath.Join(folder, "x")), os.WriteFile(filepath.Join(folder, "device.yaml"), []byte(yaml), 0o600)); err != nil {
				t.Fatal(err)
			}
			_, err := LoadFile(t.Context(), folder)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if place := filepath.Join(folder, "device.yaml") + ":6: "; err == nil || !strings.Contains(err.Error(), place) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s and %q", err, place, test.want)
			}
		})
	}
}

// TestDescriptorThatIsNoFile has what can stand in the place of device.yaml itself. None of it holds up the program.
func TestDescriptorThatIsNoFile(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(path string) error{
		"named pipe": func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"folder":     func(path string) error { return os.Mkdir(path, 0o700) },
		"bytes": func(path string) error {
			return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, 1<<40))
		},
		"leads out": func(path string) error { return os.Symlink("/dev/zero", path) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := make(filepath.Join(folder, "device.yaml")); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadFile(t.Context(), folder); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("got %v, want %q", err, name)
			}
		})
	}
}

// countdown is a context that ends when it was asked for its error often enough.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestLoadIsInterrupted(t *testing.T) {
	t.Parallel()
	system := fstest.MapFS{"device.yaml": {Data: []byte(head + "files: {x: {copy: y}}\n")}, "y": {Data: []byte("y")}}
	// At whatever point the context ends, the descriptor is loaded or the cause is returned.
	loaded := 0
	for n := range 40 {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		d, err := Load(&countdown{ctx, n}, system, "device.yaml")
		switch {
		case err == nil:
			loaded++
		case d != nil || !errors.Is(err, context.Canceled):
			t.Errorf("after %d looks: %v", n, err)
		}
	}
	if loaded == 0 || loaded == 40 {
		t.Errorf("%d of 40 were loaded", loaded)
	}
}

// TestRemovable has what a descriptor may remove outside the session's folder, and what not.
func TestRemovable(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		file    string
		allowed bool
	}{
		{"/tmp/{{.Session}}", true},
		{"/tmp/prefix-{{.Session}}.sock", true},
		{"/tmp/{{.Session}}/socket", true},
		{"/var/tmp/{{.Session}}", true},
		{"/dev/shm/{{.Session}}", true},
		{"{{.Dir}}/socket", true},
		{"{{.Dir}}", false},
		{"{{.Dir}}/../other", false},
		{"{{.Dir}}/", false},
		{"/tmp/other", false},
		{"/tmp", false},
		{"/", false},
		{"/tmp/../etc/{{.Session}}", false},
		{"/tmp/./{{.Session}}", false},
		{"/tmp//{{.Session}}", false},
		{"/tmp/other/{{.Session}}", false},
		{"/etc/{{.Session}}", false},
		{"/root/{{.Session}}", false},
		{"/home/user/{{.Session}}", false},
		{"/etc/passwd", false},
		{"$HOME/.ssh/{{.Session}}", false},
		{"${TMPDIR}/{{.Session}}", false},
		{"~/{{.Session}}", false},
		{"{{.Session}}", false},
		{"../{{.Session}}", false},
		{"", false},
	} {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			_, err := Load(t.Context(), fstest.MapFS{"device.yaml": {Data: []byte(head + "remove:\n  - '" + test.file + "'\n")}}, "device.yaml")
			switch {
			case test.allowed && err != nil:
				t.Error(err)
			case !test.allowed && (err == nil || !strings.Contains(err.Error(), "device.yaml:6: removes ")):
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestRemoveFollowsNoLink: a device that puts a symbolic link in the way has nothing removed behind it.
func TestRemoveFollowsNoLink(t *testing.T) {
	t.Parallel()
	precious, err := os.MkdirTemp("/tmp", "precious")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(precious) })
	file := filepath.Join(precious, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := load(t, head+"remove: ['{{.Dir}}/way/file', '/tmp/{{.Session}}/file', '/tmp/{{.Session}}']\n")
	setup := someSetup(t)
	s := prepare(t, d, setup).(*session)
	link := "/tmp/" + s.data.Session
	if err := errors.Join(os.Symlink(precious, filepath.Join(setup.Dir, "way")), os.Symlink(filepath.Base(precious), link)); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if _, err := os.Stat(file); err != nil {
		t.Errorf("what the links lead to: %v", err)
	}
	if _, err := os.Lstat(link); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the link: %v", err)
	}
}

// TestRemovedByALever: what a lever makes of a path counts when the session ends, not what was checked.
func TestRemovedByALever(t *testing.T) {
	t.Parallel()
	precious := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(precious, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	yaml := strings.Replace(head, "options]", "options, lever:expires]", 1) + "environment: {A: '{{.Expires}}'}\n" +
		"remove: ['{{if eq .Expires 5}}" + precious + "{{else}}/tmp/{{.Session}}{{end}}']\n"
	setup := someSetup(t)
	setup.Levers = device.Levers{Expires: 5}
	_ = prepare(t, load(t, yaml), setup).Close()
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
}
