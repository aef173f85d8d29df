package journal_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func header() journal.Header {
	return journal.Header{
		Harness: results.Harness{Version: "v1", Isolation: "in-process"},
		Device:  results.Device{Name: "phone", Version: "7", Capabilities: []string{"register"}},
		AsOf:    "2026-01-31", Seed: 1, Started: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		Plan: results.Plan{Filter: "area:tls", Hash: "abc", Selected: 3}, Evidence: "failures",
	}
}

// left are the files of these tests' runs. A record is of a run if it says so.
func left() journal.Leftovers {
	return journal.Leftovers{Record: "results.json", Files: []string{"report.html", "*.new"}, Evidence: "evidence", EvidenceFiles: []string{"ladder.txt"},
		Ours: func(path string) error {
			if data, err := os.ReadFile(path); err != nil || string(data) != "ours" {
				return errors.New("it is another's")
			}
			return nil
		}}
}

func at(p journal.Place) string { return p.Scenario }

func ran(scenario string, second int) journal.Ran {
	return journal.Ran{Place: journal.Place{Scenario: scenario}, Start: header().Started.Add(time.Duration(second) * time.Second), DurationMS: 1000}
}

// claim claims a folder until the test ends.
func claim(t *testing.T, dir string) *journal.Folder {
	t.Helper()
	f, err := journal.Claim(dir, os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func begin(t *testing.T, f *journal.Folder) *journal.Journal {
	t.Helper()
	j, err := f.Begin(header(), left())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// fill writes files below a folder.
func fill(t *testing.T, dir string, files ...string) {
	t.Helper()
	for _, name := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("ours"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// files lists what is below a folder, without its lock.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path != "sipconform.lock" {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestClaim: a folder belongs to one run, which the message to another names.
func TestClaim(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there are no locks")
	}
	dir := filepath.Join(t.TempDir(), "a", "report")
	f, err := journal.Claim(dir, os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	_, err = journal.Claim(dir, os.Getpid())
	for _, text := range []string{dir, fmt.Sprintf("process %d", os.Getpid()), "since 20", "name another folder"} {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("the second: %v; want %q", err, text)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if names := files(t, dir); len(names) > 0 {
		t.Errorf("it left %q", names)
	}
	claim(t, dir)
}

// TestBegin: what an earlier run left is gone, and nothing else.
func TestBegin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fill(t, dir, "results.json", "report.html", "junit.xml.new", "mine.txt",
		"evidence/a/ladder.txt", "evidence/a/b/ladder.txt", "evidence/a/notes.txt", "evidence/c/ladder.txt")
	elsewhere := t.TempDir()
	fill(t, elsewhere, "ladder.txt")
	if err := os.Symlink(elsewhere, filepath.Join(dir, "evidence", "link")); err != nil {
		t.Fatal(err)
	}
	begin(t, claim(t, dir))
	if got, want := files(t, dir), []string{"evidence/a/notes.txt", "evidence/link", "journal.jsonl", "mine.txt"}; !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
	if names := files(t, elsewhere); len(names) != 1 {
		t.Error("it followed a link")
	}
}

// TestForeign: a folder that holds files of our names that no run wrote is not touched.
func TestForeign(t *testing.T) {
	t.Parallel()
	for name, held := range map[string]string{"a page": "report.html", "evidence of something else": "evidence/a/ladder.txt",
		"results of something else": "results.json", "a journal of something else": "journal.jsonl"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			fill(t, dir, held, "mine.txt")
			if held == "results.json" {
				if err := os.WriteFile(filepath.Join(dir, held), []byte("{}"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			_, err := claim(t, dir).Begin(header(), left())
			if first, _, _ := strings.Cut(held, "/"); err == nil || !strings.Contains(err.Error(), first) || !strings.Contains(err.Error(), "name another folder") {
				t.Errorf("the error is %v", err)
			}
			if got := files(t, dir); len(got) != 2 {
				t.Errorf("the folder holds %q", got)
			}
		})
	}
}

// TestResume: a run goes on with what the journal holds, and with that evidence alone.
func TestResume(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := claim(t, dir)
	j := begin(t, f)
	for i, id := range []string{"a", "b"} {
		if err := j.Ran(ran(id, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Result(results.Result{Scenario: "a"}); err != nil {
		t.Fatal(err)
	}
	fill(t, dir, "results.json", "evidence/a/ladder.txt", "evidence/b/ladder.txt", "evidence/c/ladder.txt")
	again, err := f.Resume(header(), left(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got, want := files(t, dir), []string{"evidence/a/ladder.txt", "evidence/b/ladder.txt", "journal.jsonl"}; !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
	if r, ok := again.Recall(journal.Place{Scenario: "b"}); !ok || !r.Start.Equal(ran("b", 1).Start) || r.DurationMS != 1000 {
		t.Errorf("b is %+v, %t", r, ok)
	}
	for _, p := range []journal.Place{{Scenario: "c"}, {Scenario: "b", Configuration: "other"}} {
		if _, ok := again.Recall(p); ok {
			t.Errorf("%+v ran", p)
		}
	}
	if began, spent := again.Before(); !began.Equal(header().Started) || spent != 2*time.Second {
		t.Errorf("it began at %s and took %s", began, spent)
	}
	if err := again.Ran(ran("c", 9)); err != nil {
		t.Fatal(err)
	}
	if c, err := journal.Read(dir); err != nil || len(c.Ran) != 3 {
		t.Errorf("the journal holds %+v, %v", c, err)
	}
}

// TestAnotherRun: the error of a run that wants to go on with another one's journal names
// what differs.
func TestAnotherRun(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(*journal.Header){
		"the device was phone and is pad":               func(h *journal.Header) { h.Device.Name = "pad" },
		`its version was "7" and is "8"`:                func(h *journal.Header) { h.Device.Version = "8" },
		`the filter was "area:tls" and is ""`:           func(h *journal.Header) { h.Plan.Filter = "" },
		"the date was 2026-01-31 and is 2026-02-01":     func(h *journal.Header) { h.AsOf = "2026-02-01" },
		"the seed was 1 and is 2":                       func(h *journal.Header) { h.Seed = 2 },
		"evidence was failures and is none":             func(h *journal.Header) { h.Evidence = "none" },
		"full coverage was false and is true":           func(h *journal.Header) { h.Plan.FullCoverage = true },
		"isolation was in-process and is namespace":     func(h *journal.Header) { h.Harness.Isolation = "namespace" },
		"the version of sipconform was v1 and is v2":    func(h *journal.Header) { h.Harness.Version = "v2" },
		"the plan was abc and is def":                   func(h *journal.Header) { h.Plan.Hash = "def" },
		"what the device can do was register and is ":   func(h *journal.Header) { h.Device.Capabilities = nil },
		"its configurations was [] and is [{lenient []": func(h *journal.Header) { h.Device.Configurations = []results.Configuration{{Name: "lenient"}} },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f := claim(t, t.TempDir())
			begin(t, f)
			h := header()
			change(&h)
			if _, err := f.Resume(h, left(), at); err == nil || !strings.Contains(err.Error(), what) {
				t.Errorf("the error is %v", err)
			}
		})
	}
	if _, err := claim(t, t.TempDir()).Resume(header(), left(), at); err == nil || !strings.Contains(err.Error(), "without -resume") {
		t.Errorf("without a journal: %v", err)
	}
}

// TestTorn: wherever a journal was torn, the lines before are read, and a run that goes
// on writes after them.
func TestTorn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := begin(t, claim(t, dir))
	for i, id := range []string{"a", "b", "c"} {
		if err := j.Ran(ran(id, i)); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, journal.File))
	if err != nil {
		t.Fatal(err)
	}
	first := slices.Index(data, '\n') + 1
	cases := [][]byte{append(slices.Clone(data), make([]byte, 512)...), // as some file systems leave a file
		append(slices.Clone(data), "\x00\x00\n{}\n"...)}
	for size := first; size < len(data); size += 7 {
		cases = append(cases, data[:size])
	}
	for _, torn := range cases {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, journal.File), torn, 0o644); err != nil {
			t.Fatal(err)
		}
		want := min(strings.Count(string(torn[first:]), "\n"), 3)
		again, err := claim(t, dir).Resume(header(), left(), at)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(again.Ran(ran("d", 9)), again.Close()); err != nil {
			t.Fatal(err)
		}
		c, err := journal.Read(dir)
		if err != nil || len(c.Ran) != want+1 || c.Ran[want].Scenario != "d" {
			t.Errorf("of %d bytes, %d scenarios were read, %v; want %d and one more", len(torn), len(c.Ran), err, want)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, journal.File), data[:first-1], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Read(dir); err == nil {
		t.Error("a journal without a whole header was read")
	}
}

// TestConcurrently: lines of several goroutines are whole.
func TestConcurrently(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := begin(t, claim(t, dir))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for k := range 50 {
				if err := j.Ran(ran(fmt.Sprintf("%d-%d", i, k), i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if c, err := journal.Read(dir); err != nil || len(c.Ran) != 400 {
		t.Errorf("there are %d lines, %v", len(c.Ran), err)
	}
	if err := j.Remove(); err != nil {
		t.Error(err)
	}
	if _, err := journal.Read(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after its end: %v", err)
	}
}
