//go:build unix

package speed

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/scenarios"
)

const (
	// jobsPerCore is the command's default.
	jobsPerCore = 12
	// turns is how often the matrix is run with and without evidence, unless that takes longer than turnsLimit.
	turns      = 9
	turnsLimit = 60 * time.Second
)

// matrix runs all scenarios on the reference device.
type matrix struct {
	b       *testing.B
	library *scenarios.Library
	dir     string
	runs    int
}

// series has the figures of the runs of one kind.
type series struct {
	rates     samples // scenarios a second
	processor samples // milliseconds of processor time a scenario
}

// run runs the matrix once, from the plan to the report, and adds its figures. Each run writes to its own folder, and
// none is removed before all have run: the file system is slow for some seconds after that.
func (m *matrix) run(jobs int, depth engine.Depth, to *series) {
	m.runs++
	o := scenarios.Options{
		Device: scenarios.Reference(), Jobs: jobs,
		Out: filepath.Join(m.dir, fmt.Sprint(m.runs)), Depth: depth,
	}
	if err := os.Mkdir(o.Out, 0o755); err != nil {
		m.b.Fatal(err)
	}
	runtime.GC() // do not count what the last run has left
	began, used := time.Now(), processorTime(syscall.RUSAGE_SELF)
	ctx := context.Background()
	c, err := scenarios.Prepare(ctx, m.library, o)
	if err != nil {
		m.b.Fatal(err)
	}
	defer c.Close()
	concluded, err := c.Conclude(c.Engine.Run(ctx, c.Plan))
	took := time.Since(began)
	used = processorTime(syscall.RUSAGE_SELF) - used
	if err != nil {
		m.b.Fatal(err)
	}
	n := float64(len(c.Plan.Scenarios))
	if concluded.Outcome != results.Conformant {
		m.b.Errorf("%d jobs, evidence %s: the reference device is %s, %+v: these figures are not those of a whole run", jobs, depth,
			concluded.Outcome, concluded.Summary)
	}
	to.rates = append(to.rates, n/took.Seconds())
	to.processor = append(to.processor, 1000*used.Seconds()/n)
}

// one runs one scenario and returns the seconds that it took.
func (m *matrix) one() float64 {
	m.runs++
	began := time.Now()
	library, err := scenarios.Load()
	if err != nil {
		m.b.Fatal(err)
	}
	ctx := context.Background()
	c, err := scenarios.Prepare(ctx, library, scenarios.Options{
		Device: scenarios.Reference(), Filter: "id:twilio:voice:connect:default", Jobs: 1, Out: filepath.Join(m.dir, fmt.Sprint(m.runs)),
	})
	if err != nil {
		m.b.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Conclude(c.Engine.Run(ctx, c.Plan)); err != nil {
		m.b.Fatal(err)
	}
	return time.Since(began).Seconds()
}

// benchmarkMatrix compares runs of one and of many jobs, and runs with full evidence and without any.
func benchmarkMatrix(b *testing.B) []row {
	library, err := scenarios.Load()
	if err != nil {
		b.Fatal(err)
	}
	m := &matrix{b: b, library: library, dir: b.TempDir()}
	jobs := jobsPerCore * runtime.NumCPU()
	m.run(jobs, engine.Full, new(series)) // warms up, and counts only for its memory
	memory := row{what: "resident memory at the peak of a run, MB", target: "under 512", met: func(f float64) bool { return f < 512 }}
	if peak, ok := residentPeak(); ok {
		memory.figures = samples{peak}
	}

	var alone, bare, full series
	m.run(1, engine.Full, &alone)
	deadline := time.Now().Add(turnsLimit)
	for turn := 0; turn < turns && (turn < 3 || time.Now().Before(deadline)); turn++ {
		if turn%2 == 0 {
			m.run(jobs, engine.NoEvidence, &bare)
		}
		m.run(jobs, engine.Full, &full)
		if turn%2 == 1 {
			m.run(jobs, engine.NoEvidence, &bare)
		}
	}
	m.run(1, engine.Full, &alone)

	one := row{what: "one scenario, from loading the fixtures to the report, s", target: "at most 0.1",
		met: func(f float64) bool { return f <= 0.1 }}
	for range turns {
		one.figures = append(one.figures, m.one())
	}

	speedup := full.rates.each(func(f float64) float64 { return f / alone.rates.median() })
	lost := pairs(full.rates, bare.rates, func(full, bare float64) float64 { return 100 * (1 - full/bare) })
	added := pairs(full.processor, bare.processor, func(full, bare float64) float64 { return 100 * (full/bare - 1) })
	b.ReportMetric(full.rates.median(), "scenarios/s")
	b.ReportMetric(lost.median(), "%-for-evidence")
	b.ReportMetric(0, "ns/op")
	return []row{
		{what: fmt.Sprintf("scenarios a second, %d jobs on %d cores", jobs, runtime.NumCPU()), figures: full.rates,
			target: "at least 150", met: func(f float64) bool { return f >= 150 }},
		{what: "  1 job", figures: alone.rates},
		{what: fmt.Sprintf("  ratio, %d jobs to 1", jobs), figures: speedup},
		one,
		memory,
		{what: "throughput that full evidence costs, %", figures: lost,
			target: "at most 15", met: func(f float64) bool { return f <= 15 }},
		{what: "  processor time that it costs, %", figures: added},
		{what: "  processor time of a scenario with it, ms", figures: full.processor},
	}
}
