package scenarios_test

import (
	"context"
	"fmt"
	"log"
	"testing"

	"github.com/sipconform/sipconform/scenarios"
)

// A certification from beginning to end: load the scenarios, plan a run of those that
// the filter selects, run them, and record the results.
func Example() {
	ctx := context.Background()
	library, err := scenarios.Load()
	if err != nil {
		log.Fatal(err)
	}
	c, err := scenarios.Prepare(ctx, library, scenarios.Options{
		Device: scenarios.Reference(),
		Filter: "id:twilio:voice:connect:default",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	run, err := c.Conclude(c.Engine.Run(ctx, c.Plan))
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range run.Results {
		fmt.Println(r.Scenario, r.Verdict)
	}
	// Output:
	// twilio/voice/connect/default pass
	// twilio/voice/certificate/wildcard deviation
	// twilio/voice/certificate/exact-name pass
}

// In a test of your own, each scenario is a subtest.
func ExampleTest() {
	_ = func(t *testing.T) { // func TestConformance(t *testing.T)
		scenarios.Test(t, scenarios.Config{
			Device: scenarios.Reference(), // or a device.Device of your own
			Filter: "vendor:twilio && area:srtp",
		})
	}
	// Output:
}

// An error says what to do.
func ExamplePrepare() {
	library, err := scenarios.Load()
	if err != nil {
		log.Fatal(err)
	}
	_, err = scenarios.Prepare(context.Background(), library, scenarios.Options{})
	fmt.Println(err)
	// Output: scenarios: Options needs a Device; Reference returns the one that is built in
}
