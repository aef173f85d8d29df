package engine

import (
	"context"
	"runtime"

	"github.com/sipconform/sipconform/mocks/observation"
)

// bounded gives an engine what bounds its memory, whatever devices send: the bound on the logs of scenarios that run, the
// shelf for those that wait, and a place for each core to judge one. It gives it the folders of sessions, too.
func (e *Engine) bounded() *Engine {
	e.folders = &folders{scratch: e.config.Scratch}
	e.logs, e.shelf, e.judging = observation.NewRun(), &shelf{scratch: e.config.Scratch}, make(chan struct{}, runtime.GOMAXPROCS(0))
	return e
}

// endWhenFlooded ends a scenario once its log has left out something that verdicts can depend on: no pass can come of it
// any more. What is concluded rests on what was seen until then, as it does when the budget is used up.
func endWhenFlooded(ctx context.Context, log *observation.Log, end context.CancelFunc) {
	defer log.Guard("", "watching for a flood")
	select {
	case <-log.Flooded():
		end()
	case <-ctx.Done():
	}
}

// flooded reports whether a scenario was ended by a flood.
func flooded(log *observation.Log) bool {
	select {
	case <-log.Flooded():
		return true
	default:
		return false
	}
}
