package main_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/record"
	"github.com/sipconform/sipconform/harness/results"
)

// tampering is something that is done to the folder of a report.
type tampering struct {
	name string
	do   func(t *testing.T, f forger)
	says []string
}

// forger does things to a copy of a report.
type forger struct {
	folder string
	run    *results.Run
}

func (f forger) path(name string) string { return filepath.Join(f.folder, filepath.FromSlash(name)) }

func (f forger) read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(f.path(name))
	must(t, err)
	return data
}

func (f forger) write(t *testing.T, name string, data []byte) {
	t.Helper()
	must(t, os.WriteFile(f.path(name), data, 0o600))
}

// replace puts something else in the place of a file.
func (f forger) replace(t *testing.T, name string, with func(path string) error) {
	t.Helper()
	must(t, os.Remove(f.path(name)))
	must(t, with(f.path(name)))
}

// manifest changes the manifest, and has results.json name it.
func (f forger) manifest(t *testing.T, edit func(text string) string) {
	t.Helper()
	text := edit(string(f.read(t, record.ManifestFile)))
	f.write(t, record.ManifestFile, []byte(text))
	f.run.Manifest.SHA256 = fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
	must(t, f.run.Write(f.path(record.ResultsFile)))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func tamperings() []tampering {
	const (
		changed = "was changed: its SHA-256 is not that of the manifest"
		refused = "links are refused"
	)
	ladder := func(f forger) string { return f.run.Results[0].Evidence.Ladder }
	seen := func(f forger) string { return f.run.Results[0].Evidence.Observations }
	return []tampering{
		{"a ladder that was changed", func(t *testing.T, f forger) { f.write(t, ladder(f), []byte("nothing happened")) }, []string{"ladder.txt", changed}},
		{"a ladder that was cut short", func(t *testing.T, f forger) { must(t, os.Truncate(f.path(ladder(f)), 10)) }, []string{"ladder.txt", changed}},
		{"a ladder that is gone", func(t *testing.T, f forger) { must(t, os.Remove(f.path(ladder(f)))) }, []string{"ladder.txt", "cannot be read"}},
		{"observations that were cut short", func(t *testing.T, f forger) { must(t, os.Truncate(f.path(seen(f)), 1000)) },
			[]string{"observations.jsonl", changed, "observation "}},
		{"observations that are gone", func(t *testing.T, f forger) { must(t, os.Remove(f.path(seen(f)))) }, []string{"observations.jsonl", "cannot be read"}},
		{"two ladders that changed places", func(t *testing.T, f forger) {
			one, two := f.run.Results[0].Evidence.Ladder, f.run.Results[1].Evidence.Ladder
			first, second := f.read(t, one), f.read(t, two)
			f.write(t, one, second)
			f.write(t, two, first)
		}, []string{"ladder.txt", changed}},
		{"a file more", func(t *testing.T, f forger) { f.write(t, "evidence/more.txt", nil) }, []string{`"evidence/more.txt" was added`}},
		{"a file whose name a terminal would obey", func(t *testing.T, f forger) { f.write(t, "evidence/\x1b[2J\u202egpj.txt", nil) },
			[]string{"was added"}},
		{"a page that was changed", func(t *testing.T, f forger) { f.write(t, "report.html", []byte("all is well")) },
			[]string{`"report.html" ` + changed, "report.html does not say what results.json says"}},
		{"a page for CI that was changed", func(t *testing.T, f forger) { f.write(t, "junit.xml", []byte("<testsuites/>")) },
			[]string{`"junit.xml" ` + changed, "junit.xml does not say"}},
		{"a manifest that is gone", func(t *testing.T, f forger) { must(t, os.Remove(f.path(record.ManifestFile))) }, []string{"manifest.sha256", "cannot be read"}},
		{"a manifest that nobody names", func(t *testing.T, f forger) {
			f.run.Manifest = nil
			must(t, f.run.Write(f.path(record.ResultsFile)))
		}, []string{"names no manifest"}},
		{"a manifest that was changed", func(t *testing.T, f forger) {
			text := string(f.read(t, record.ManifestFile))
			f.write(t, record.ManifestFile, []byte(strings.Replace(text, "a", "b", 1)))
		}, []string{"manifest.sha256 is not the one that results.json names"}},
		{"a manifest without a line", func(t *testing.T, f forger) {
			f.manifest(t, func(text string) string { _, rest, _ := strings.Cut(text, "\n"); return rest })
		}, []string{"does not stand in the manifest"}},
		{"a manifest with a line twice", func(t *testing.T, f forger) {
			f.manifest(t, func(text string) string { line, _, _ := strings.Cut(text, "\n"); return text + line + "\n" })
		}, []string{"stands there twice"}},
		{"a manifest with a path that leaves the folder", func(t *testing.T, f forger) {
			f.manifest(t, func(text string) string { return strings.Replace(text, "evidence/", "evidence/../../", 1) })
		}, []string{"leads out of the record's folder"}},
		{"a manifest with a path from the root", func(t *testing.T, f forger) {
			f.manifest(t, func(text string) string { return strings.Replace(text, "evidence/", "/etc/", 1) })
		}, []string{"leads out of the record's folder"}},
		{"a manifest with a separator that is none", func(t *testing.T, f forger) {
			f.manifest(t, func(text string) string { return strings.Replace(text, "evidence/", "evidence\u2215", 1) })
		}, []string{`\u2215`, "is no path of a record"}},
		{"a manifest with another system's separator", func(t *testing.T, f forger) {
			f.manifest(t, func(text string) string { return strings.Replace(text, "evidence/", `evidence\`, 1) })
		}, []string{"is no path of a record"}},
		{"a path that leaves the folder", func(t *testing.T, f forger) {
			f.run.Results[0].Evidence.Ladder = "../../etc/passwd"
			must(t, f.run.Write(f.path(record.ResultsFile)))
		}, []string{"../../etc/passwd"}},
		{"a link to another file", func(t *testing.T, f forger) {
			f.replace(t, ladder(f), func(path string) error { return os.Symlink("/etc/hostname", path) })
		}, []string{"ladder.txt", refused}},
		{"a link to a file of the record", func(t *testing.T, f forger) {
			f.replace(t, ladder(f), func(path string) error { return os.Symlink("observations.jsonl", path) })
		}, []string{"ladder.txt", refused}},
		{"a link in the place of a folder", func(t *testing.T, f forger) {
			must(t, os.Rename(f.path("evidence/twilio"), f.path("elsewhere")))
			must(t, os.Symlink("../elsewhere", f.path("evidence/twilio")))
		}, []string{"evidence/twilio", refused}},
		{"a link in the place of the evidence", func(t *testing.T, f forger) {
			must(t, os.Rename(f.path("evidence"), f.path("elsewhere")))
			must(t, os.Symlink("elsewhere", f.path("evidence")))
		}, []string{`"evidence" is a link`}},
		{"a folder in the place of a file", func(t *testing.T, f forger) {
			f.replace(t, ladder(f), func(path string) error { return os.Mkdir(path, 0o700) })
		}, []string{"ladder.txt", "is a folder, where a plain file should be"}},
		{"a pipe that nobody writes to", func(t *testing.T, f forger) {
			f.replace(t, ladder(f), pipe)
		}, []string{"ladder.txt", "is a pipe, where a plain file should be"}},
		{"a file of an unbearable size", func(t *testing.T, f forger) { must(t, os.Truncate(f.path(ladder(f)), 1<<40)) },
			[]string{"ladder.txt", "no file of a record has more than"}},
		{"a field that nobody knows", func(t *testing.T, f forger) {
			text := strings.Replace(string(f.read(t, record.ResultsFile)), `"outcome"`, `"outcame": "x", "outcome"`, 1)
			f.write(t, record.ResultsFile, []byte(text))
		}, []string{"has something that this program neither writes nor reads"}},
		{"a field that stands there twice", func(t *testing.T, f forger) {
			text := strings.Replace(string(f.read(t, record.ResultsFile)), `"outcome"`, `"outcome": "not-conformant", "outcome"`, 1)
			f.write(t, record.ResultsFile, []byte(text))
		}, []string{"has something that this program neither writes nor reads"}},
		{"a capability that was taken away", func(t *testing.T, f forger) {
			f.run.Device.Capabilities = f.run.Device.Capabilities[:0]
			must(t, f.run.Write(f.path(record.ResultsFile)))
		}, []string{"the device does not declare"}},
	}
}

// TestVerifyTells: whatever is done to the files of a report is told, with the path, and
// nothing of it reaches the terminal raw.
func TestVerifyTells(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("it has no pipes in folders")
	}
	for _, c := range tamperings() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			folder := copied(t)
			c.do(t, forger{folder, read(t, folder)})
			o := sipconform(t, "verify", folder)
			o.expect(t, 1, c.says...)
			if strings.ContainsAny(o.out+o.errors, "\x1b\u202e") {
				t.Errorf("it prints something raw: %q", o.out)
			}
		})
	}
	for name, what := range map[string]func(path string) error{
		"results that are a link":    func(path string) error { return os.Symlink("/etc/hostname", path) },
		"results that are a pipe":    pipe,
		"results that are not there": func(string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := copied(t)
			forger{folder, nil}.replace(t, record.ResultsFile, what)
			sipconform(t, "verify", folder).expect(t, 2, "results.json")
		})
	}
}
