package scenarios

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// Config is how [Test] certifies a device. Device is required; the zero value of
// the rest is the default.
type Config struct {
	Device device.Device
	// Filter is a Ginkgo label expression, such as "vendor:twilio && area:srtp".
	Filter string
	AsOf   time.Time // date whose revisions are asked; today if zero
	Jobs   int       // scenarios at the same time; 8 a core if zero
	// Out is the folder of the report and the evidence. If it is empty, they go to
	// t.ArtifactDir, which go test keeps with -artifacts.
	Out string
	// Vendors has further vendors: see [Load]. It may be nil.
	Vendors fs.FS
}

// Test certifies a device: each scenario that the filter selects is a subtest,
// which fails unless the device passed or missed no more than a should. A subtest
// that fails says the verdict, its cause, and where the evidence is. One is skipped if
// it does not apply, asks nothing binding, or is blocked by a fault that fails another.
func Test(t *testing.T, c Config) {
	t.Helper()
	var more []fs.FS
	if c.Vendors != nil {
		more = append(more, c.Vendors)
	}
	library, err := Load(more...)
	if err != nil {
		t.Fatal(err)
	}
	if c.Jobs == 0 {
		c.Jobs = 8 * runtime.NumCPU()
	}
	if c.Out == "" {
		c.Out = t.ArtifactDir()
	}
	run, err := Prepare(t.Context(), library, Options{Device: c.Device, Filter: c.Filter, AsOf: c.AsOf, Jobs: c.Jobs, Out: c.Out})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	futures := run.Engine.Start(t.Context(), run.Plan)
	var all []results.Result
	for _, s := range run.Plan.Scenarios {
		r, ok := futures.Wait(s.ID)
		if !ok {
			t.Errorf("%s: the run ended before the scenario did", s.ID)
			continue
		}
		all = append(all, r)
		t.Run(s.ID, func(t *testing.T) { tell(t, r, c.Out) })
	}
	concluded, err := run.Conclude(append(all, futures.Controls()...))
	if err != nil {
		t.Fatal(err)
	}
	for _, claim := range concluded.Claims {
		t.Log(claim)
	}
	t.Logf("%s: report in %s", concluded.Outcome, c.Out)
}

// tell reports a result in its subtest.
func tell(t *testing.T, r results.Result, out string) {
	t.Helper()
	text := fmt.Sprintf("%s: %s\nasks      %s\nexpected  %s\nobserved  %s\nhint      %s\nevidence  %s",
		r.Verdict, r.Cause, strings.Join(r.Requirements, " "), r.Expected, r.Observed, r.Hint, proof(r, out))
	switch r.Verdict {
	case verdict.Pass:
	case verdict.Deviation:
		t.Log(text)
	case verdict.NotApplicable, verdict.Observed:
		t.Skip(r.Cause, r.Observed)
	default:
		if r.Blocked != nil {
			t.Skip(text)
		}
		t.Error(text)
	}
}

// proof returns the file of evidence to open first.
func proof(r results.Result, out string) string {
	if file := r.Evidence.First(); file != "" {
		return filepath.Join(out, filepath.FromSlash(file))
	}
	return "none"
}
