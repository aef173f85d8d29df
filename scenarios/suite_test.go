package scenarios_test

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/scenarios"
)

// The settings of a run: flags after -args, or else environment variables.
var (
	deviceFlag = flag.String("device", os.Getenv("SIPCONFORM_DEVICE"),
		"device under test: a name below fixtures/devices, or the path of a device.yaml; the reference device if empty")
	outFlag  = flag.String("out", os.Getenv("SIPCONFORM_OUT"), "folder of the report; none if empty")
	asOfFlag = flag.String("as-of", os.Getenv("SIPCONFORM_AS_OF"), "date whose revisions are asked, YYYY-MM-DD; today if empty")
	jobsFlag = flag.String("jobs", os.Getenv("SIPCONFORM_JOBS"), "scenarios at the same time; 8 a core if empty")
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(m.Run())
}

// TestScenarios is the suite: `go test ./scenarios -ginkgo.label-filter=…`.
// The engine runs the scenarios that the filter selects, several at a time, and each
// spec waits for its own.
func TestScenarios(t *testing.T) {
	RegisterFailHandler(Fail)
	suite, reporter := GinkgoConfiguration()
	options := scenarios.Options{Filter: suite.LabelFilter, Out: *outFlag, Jobs: 8 * runtime.NumCPU()}
	var err error
	if *jobsFlag != "" {
		if options.Jobs, err = strconv.Atoi(*jobsFlag); err != nil || options.Jobs < 1 {
			t.Fatalf("-jobs %q is not a number from 1 on", *jobsFlag)
		}
	}
	if *asOfFlag != "" {
		if options.AsOf, err = time.Parse(time.DateOnly, *asOfFlag); err != nil {
			t.Fatalf("-as-of %q is not a date like 2026-01-31", *asOfFlag)
		}
	}
	if options.Device, options.Isolation, err = scenarios.Choose(t.Context(), *deviceFlag); err != nil {
		t.Fatal(err)
	}
	library, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case suite.DryRun:
		options.Out = ""
	case suite.ParallelTotal > 1 && options.Out != "":
		t.Fatal("-out: a report is of one process; leave -out away, or -p")
	}
	// Ginkgo ends the specs, and the report has what was concluded until then.
	ctx, cancel := signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	c, err := scenarios.Prepare(ctx, library, options)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()

	var ran func(*plan.Scenario) results.Result
	switch {
	case suite.DryRun:
	case suite.ParallelTotal > 1:
		// Each process of a parallel run would run the whole plan for its share of
		// the specs, so there each spec runs its own scenario.
		ran = func(s *plan.Scenario) results.Result { return c.Engine.One(ctx, c.Plan, s) }
	default:
		futures := c.Engine.Start(ctx, c.Plan)
		ran = func(s *plan.Scenario) results.Result {
			r, _ := futures.Wait(s.ID)
			return r
		}
		defer func() {
			var all []results.Result
			for _, s := range c.Plan.Scenarios {
				if r, ok := futures.Wait(s.ID); ok {
					all = append(all, r)
				}
			}
			run, err := c.Conclude(append(all, futures.Controls()...))
			if err != nil {
				t.Error(err)
				return
			}
			t.Logf("%s: %+v", run.Outcome, run.Summary)
		}()
	}
	describe(c.Plan.Scenarios, ran)
	RunSpecs(t, "sipconform", suite, reporter)
}

// describe makes a spec for each scenario. The spec waits for the result.
func describe(all []*plan.Scenario, ran func(*plan.Scenario) results.Result) {
	Describe("A device", func() {
		for _, s := range all {
			It(s.ID+" "+s.Title, Label(s.Labels()...), func() {
				r := ran(s)
				AddReportEntry("result", r, ReportEntryVisibilityNever)
				switch {
				case r.Verdict == verdict.NotApplicable, r.Blocked != nil: // its fault has a spec of its own
					Skip(r.Observed)
				case r.Verdict == verdict.Observed:
					Skip("nothing binding was asked")
				case r.Verdict != verdict.Pass && r.Verdict != verdict.Deviation:
					Fail(fmt.Sprintf("%s: %s\nexpected: %s\nobserved: %s\nhint: %s", r.Verdict, r.Cause, r.Expected, r.Observed, r.Hint))
				}
			})
		}
	})
}
