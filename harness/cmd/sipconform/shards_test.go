package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// split selects scenarios of several roles, with controls and with calls, of which shards repeat some.
const split = "product:voice && (area:routing || area:identity || area:srtp && direction:vendor-to-device)"

// job is what the manifests for Kubernetes have, and what they take from elsewhere.
type job struct {
	env           map[string]string
	shards, merge []string // arguments
}

// manifested reads the manifests, of which it takes so many shards, and puts a folder in the place of the volume.
func manifested(t *testing.T, shards, volume string) job {
	t.Helper()
	args := func(file string) []string {
		var manifest struct {
			Spec struct {
				Template struct {
					Spec struct {
						Containers []struct{ Args []string }
					}
				}
			}
		}
		data, err := os.ReadFile(filepath.Join("..", "..", "..", "deploy", "kubernetes", file))
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(data, &manifest); err != nil {
			t.Fatal(err)
		}
		args := manifest.Spec.Template.Spec.Containers[0].Args
		for i := range args {
			args[i] = strings.Replace(args[i], "/results/", volume+"/", 1)
			args[i] = strings.Replace(args[i], "env:JOB_COMPLETION_INDEX/8", "env:JOB_COMPLETION_INDEX/"+shards, 1)
		}
		return args
	}
	return job{shards: args("shards.yaml"), merge: args("merge.yaml"),
		env: map[string]string{"RUN": "run", "FILTER": split, "AS_OF": "2026-01-31", "DEVICE": ""}}
}

// expanded returns arguments as Kubernetes gives them to a pod of an index.
func (j job) expanded(args []string, index string) []string {
	var all []string
	for _, arg := range args {
		arg = strings.ReplaceAll(arg, "$(JOB_COMPLETION_INDEX)", index)
		for name, value := range j.env {
			arg = strings.ReplaceAll(arg, "$("+name+")", value)
		}
		all = append(all, arg)
	}
	return all
}

// pod starts the pod of an index.
func (j job) pod(t *testing.T, index string) *started {
	t.Helper()
	return beginWith(t, []string{"JOB_COMPLETION_INDEX=" + index}, append(j.expanded(j.shards, index), "-jobs=3")...)
}

// TestIndexedJob plays the job of the manifests: a process for each pod, which share a folder. One is killed half way and started
// again with the same arguments, as Kubernetes would. What is merged is what a run on one machine comes to.
func TestIndexedJob(t *testing.T) {
	long(t)
	t.Parallel()
	volume := t.TempDir()
	j := manifested(t, "3", volume)
	shards := filepath.Join(volume, "run", "shards")

	killed := j.pod(t, "1")
	if !killed.after(2) {
		t.Fatalf("the shard ended before it could be killed: %s", killed.end(t))
	}
	var others sync.WaitGroup
	for _, index := range []string{"0", "2"} {
		pod := j.pod(t, index)
		others.Go(func() { pod.end(t).expect(t, 0, "INCONCLUSIVE: shard ", "nothing is claimed") })
	}
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed.end(t)
	others.Wait()
	content, err := journal.Read(filepath.Join(shards, "1"))
	if err != nil || content.Ended || len(content.Ran) == 0 {
		t.Fatalf("the shard that was killed left %+v (%v)", content, err)
	}
	lacks(t, j, volume, content)

	j.pod(t, "1").end(t).expect(t, 0, "INCONCLUSIVE: shard 2 of 3")
	after, err := journal.Read(filepath.Join(shards, "1"))
	if err != nil || !after.Ended || !reflect.DeepEqual(after.Ran[:len(content.Ran)], content.Ran) {
		t.Errorf("the shard did not go on with what it had: %v", err)
	}
	j.pod(t, "1").end(t).expect(t, 0, "INCONCLUSIVE: shard 2 of 3") // a node forgot that it had ended
	sipconform(t, "verify", filepath.Join(shards, "1")).expect(t, 0, ", 0 differ")
	sipconform(t, j.expanded(j.merge, "")...).expect(t, 0, "CONFORMANT: in what was asked, ", "exit code 0")

	whole := t.TempDir()
	sipconform(t, "certify", "-filter="+split, "-as-of=2026-01-31", "-jobs=6", "-out="+whole).expect(t, 0)
	alike(t, whole, filepath.Join(volume, "run", "report"))
}

// lacks checks that what is missing of a shard is told by name, and a record only made if that is wanted.
func lacks(t *testing.T, j job, volume string, content *journal.Content) {
	t.Helper()
	report := filepath.Join(volume, "run", "report")
	o := sipconform(t, j.expanded(j.merge, "")...)
	o.expect(t, 3, "shard 2 of 3 (", "did not come to its end", "missing: twilio/voice/", "-incomplete")
	if _, err := os.Stat(filepath.Join(report, "results.json")); err == nil {
		t.Error("there is a record of what is not whole")
	}
	args := j.expanded(j.merge, "")
	sipconform(t, slices.Insert(args, 1, "-incomplete")...).expect(t, 3, "INCONCLUSIVE: incomplete, only ", "shard 2 of 3")
	run := read(t, report)
	for _, c := range run.Claims {
		if c.State == results.ClaimConformant {
			t.Errorf("it is claimed that %s", c)
		}
	}
	part := content.Header.Plan.Shard
	if missing := run.Merged.Shards[1].Missing; len(missing) != len(part.Scenarios)+len(part.Controls)-len(content.Ran) {
		t.Errorf("%d ran of %d, and %d are said to be missing", len(content.Ran), len(part.Scenarios)+len(part.Controls), len(missing))
	}
	sipconform(t, "verify", report).expect(t, 0, ", 0 differ")
}

// alike checks that a merged record is that of a run on one machine, but for what differs from run to run.
func alike(t *testing.T, whole, merged string) {
	t.Helper()
	sipconform(t, "verify", merged).expect(t, 0, ", 0 differ")
	sipconform(t, "diff", filepath.Join(whole, "results.json"), filepath.Join(merged, "results.json")).expect(t, 0, "all the same")
	want, got := read(t, whole), read(t, merged)
	if a, b := normalised(t, want), normalised(t, got); a != b {
		t.Errorf("the merged record says\n%s\nthe other\n%s", b, a)
	}
	if _, err := journal.Read(merged); err == nil {
		t.Error("merge leaves a journal")
	}
	var controls int
	for _, s := range got.Merged.Shards {
		controls += len(s.Controls)
	}
	if controls == 0 || len(got.Merged.Repeated) != controls {
		t.Errorf("%d controls ran in several shards, and %d results are repeated", controls, len(got.Merged.Repeated))
	}
	files, err := os.ReadDir(filepath.Join(merged, evidence.Root))
	if err != nil || len(files) < 2 {
		t.Errorf("the evidence is %v (%v)", files, err)
	}
}

// normalised returns a record as JSON, without what differs from run to run: times, and texts with addresses and dates in them.
func normalised(t *testing.T, run *results.Run) string {
	t.Helper()
	n := *run
	n.Started, n.DurationMS, n.Merged, n.Manifest, n.Results = time.Time{}, 0, nil, nil, slices.Clone(run.Results)
	for i := range n.Results {
		r := &n.Results[i]
		r.DurationMS, r.Shard, r.Observed = 0, 0, ""
		r.Evidence.Media, r.Evidence.Sounds = "", nil // whether a packet came before the device hung up
		r.Findings, r.Remarks = unworded(r.Findings), unworded(r.Remarks)
	}
	data, err := json.MarshalIndent(n, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// unworded returns findings without the words of what was observed, and without where.
func unworded(findings []verdict.Finding) []verdict.Finding {
	all := slices.Clone(findings)
	for i := range all {
		all[i].Observed, all[i].Events = "", nil
	}
	return all
}
