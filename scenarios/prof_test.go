package scenarios_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/sipconform/sipconform/scenarios"
)

func TestProf(t *testing.T) {
	l, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	o := scenarios.Options{Device: scenarios.Reference(), Jobs: 12 * runtime.NumCPU(), Seed: 1, Out: t.TempDir()}
	began := time.Now()
	c, err := scenarios.Prepare(context.Background(), l, o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	run, err := c.Conclude(c.Engine.Run(context.Background(), c.Plan))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(time.Since(began), run.Summary, run.Outcome)
}
