package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/results"
)

// twoShards makes the shards of a small plan in a folder, one and two.
func twoShards(t *testing.T, more ...string) (one, two string) {
	t.Helper()
	folder := t.TempDir()
	one, two = filepath.Join(folder, "one"), filepath.Join(folder, "two")
	for shard, out := range map[string]string{"1/2": one, "2/2": two} {
		args := append([]string{"certify", "-filter=" + few, "-as-of=2026-01-31", "-shard=" + shard, "-out=" + out}, more...)
		sipconform(t, args...).expect(t, 3, "INCONCLUSIVE: shard ", "nothing is claimed", "exit code 3")
	}
	return one, two
}

// cloned returns a copy of a folder.
func cloned(t *testing.T, folder string) string {
	t.Helper()
	clone := filepath.Join(t.TempDir(), "clone")
	if err := os.CopyFS(clone, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	return clone
}

// TestMergeRefuses: what is not all of one run, or not as the shards wrote it, is no whole, and the message says where.
func TestMergeRefuses(t *testing.T) {
	long(t)
	t.Parallel()
	one, two := twoShards(t)
	report := func() string { return filepath.Join(t.TempDir(), "report") }
	sipconform(t, "merge", report(), filepath.Join(one, "results.json"), two).expect(t, 0, "merged from 2 of 2 shards", "CONFORMANT: in what was asked, ")

	seeded, otherTwo := twoShards(t, "-seed=2")
	measured, _ := twoShards(t, "-durations="+lopsided(t, one))
	edited := cloned(t, two)
	observed := filepath.Join(edited, filepath.FromSlash(read(t, edited).Results[0].Evidence.Observations))
	data, err := os.ReadFile(observed)
	if err != nil {
		t.Fatal(err)
	}
	data[9] ^= 1 // the system that packed it, RFC 1952 §2.3.1: what is in it stays the same
	if err := os.WriteFile(observed, data, 0o600); err != nil {
		t.Fatal(err)
	}
	linked := cloned(t, two)
	if err := os.Symlink(observed, filepath.Join(linked, "there")); err != nil {
		t.Skip(err)
	}
	observed = strings.Replace(observed, edited, linked, 1)
	if err := os.Remove(observed); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(linked, "there"), observed); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args   []string
		status int
		says   []string
	}{
		"a shard alone":                 {[]string{report(), one}, 3, []string{"shard 2 of 2 is not there", "missing: twilio/voice/"}},
		"a shard twice":                 {[]string{report(), one, two, cloned(t, two)}, 2, []string{"shard 2 is there twice, in " + two}},
		"another seed":                  {[]string{report(), one, otherTwo}, 2, []string{"are not of one run: the seed is 1 there and 2 here"}},
		"all of another seed, doubled":  {[]string{report(), seeded, otherTwo, one}, 2, []string{"are not of one run", "the seed"}},
		"other durations":               {[]string{report(), measured, two}, 2, []string{"come from two divisions of the plan: give -durations to all shards, or to none"}},
		"observations that were edited": {[]string{report(), one, edited}, 2, []string{"shard 2: what was observed in twilio/voice/", "is not what the shard wrote there"}},
		"observations behind a link":    {[]string{report(), one, linked}, 2, []string{"is a link"}},
		"a whole run":                   {[]string{report(), certify(t).folder}, 2, []string{"is the record of a whole run, not of a shard"}},
		"an empty folder":               {[]string{report(), t.TempDir()}, 2, []string{"is no shard: certify -shard leaves journal.jsonl there"}},
		"nothing there":                 {[]string{report(), report()}, 2, []string{"no such file"}},
		"a report over a shard":         {[]string{one, one, two}, 2, []string{one + " is a shard, and would be overwritten"}},
		"no shard":                      {[]string{report()}, 2, []string{"sipconform merge [flags] OUT SHARD"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sipconform(t, append([]string{"merge"}, c.args...)...).expect(t, c.status, c.says...)
		})
	}
}

// lopsided is the record of the first shard in which nothing took any time, so that there is room for more in it.
func lopsided(t *testing.T, folder string) string {
	t.Helper()
	run := read(t, folder)
	for i := range run.Results {
		run.Results[i].DurationMS = 0
	}
	file := filepath.Join(t.TempDir(), "results.json")
	if err := run.Write(file); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestShardUsage: a shard that cannot be is refused before anything runs.
func TestShardUsage(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "report")
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no slash":               {[]string{"-shard=2"}, `-shard "2": write I/N, such as 2/8`},
		"nought":                 {[]string{"-shard=0/2"}, `"0" is no number from 1 to 2`},
		"too many":               {[]string{"-shard=3/2"}, `"3" is no number from 1 to 2`},
		"a word":                 {[]string{"-shard=two/2"}, `"two" is no number from 1 to 2`},
		"of none":                {[]string{"-shard=1/0"}, "write I/N"},
		"no such variable":       {[]string{"-shard=env:SIPCONFORM_NO_SUCH/2"}, "there is no variable SIPCONFORM_NO_SUCH"},
		"more than there are":    {[]string{"-shard=1/5000"}, "too few for 5000 shards"},
		"without evidence":       {[]string{"-shard=1/2", "-evidence=none"}, "a shard has to keep evidence"},
		"durations of no shard":  {[]string{"-durations=x"}, "it goes with -shard"},
		"durations that are not": {[]string{"-shard=1/2", "-durations=nowhere"}, "-durations: "},
		"a verdict of no shard":  {[]string{"-defer"}, "it goes with -shard"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sipconform(t, append([]string{"certify", "-filter=" + few, "-out=" + out}, c.args...)...).expect(t, 2, c.says)
		})
	}
}

// TestShardOfAnother: -continue goes on with the same shard and no other, and begins where there is none.
func TestShardOfAnother(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "report")
	run := func(args ...string) outcome {
		return sipconform(t, append([]string{"certify", "-filter=" + few, "-as-of=2026-01-31", "-continue", "-out=" + out}, args...)...)
	}
	run("-shard=1/2", "-defer").expect(t, 0, "INCONCLUSIVE: shard 1 of 2")
	run("-shard=1/2").expect(t, 3, "INCONCLUSIVE: shard 1 of 2")
	run("-shard=2/2", "-defer").expect(t, 2, "it was shard 1 of 2 and is shard 2 of 2")
	run().expect(t, 2, "it was shard 1 of 2 and is all of the plan")
	record := read(t, out)
	if len(record.Claims) > 0 || record.Outcome != results.Undecided || len(record.Results) != len(record.Plan.Shard.Scenarios)+len(record.Plan.Shard.Controls) {
		t.Errorf("the shard's record is %+v", record)
	}
}
