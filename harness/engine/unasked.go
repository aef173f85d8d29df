package engine

import (
	"errors"
	"slices"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// NotRun is the cause of a scenario that a run did not come to, and NotRunWhy says so.
const (
	NotRun    = "not-run"
	NotRunWhy = "the run ended before the scenario did"
)

// markUnasked records in a scenario's log that the device could not be asked, if that is
// why staging it ended with err. That the log has it makes the verdict one that can be
// recomputed.
func markUnasked(log *observation.Log, err error) {
	var mark observation.StageMark
	switch {
	case errors.As(err, new(crash)), err == nil:
		return
	case errors.Is(err, device.ErrUnsupported):
		mark = observation.ActionUnsupported
	case errors.As(err, new(*bench.DeviceFault)) && !flooded(log): // a flood ends a scenario
		mark = observation.DeviceNotReady
	default:
		return
	}
	log.Append(observation.Event{Kind: observation.Stage, Stage: mark, Text: err.Error()})
}

// unasked returns the mark that the device could not be asked, nil if it was.
func unasked(events []observation.Event) *observation.Event {
	i := slices.IndexFunc(events, func(e observation.Event) bool {
		return e.Kind == observation.Stage && (e.Stage == observation.ActionUnsupported || e.Stage == observation.DeviceNotReady)
	})
	if i < 0 {
		return nil
	}
	return &events[i]
}

// excuse gives a result the verdict of a scenario in which the device could not be asked.
func excuse(r results.Result, mark *observation.Event) results.Result {
	if mark.Stage == observation.ActionUnsupported {
		return stop(r, verdict.NotApplicable, "unsupported-action", mark.Text)
	}
	return stop(r, verdict.Inconclusive, "device-not-ready", mark.Text)
}
