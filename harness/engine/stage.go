package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime/debug"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/observation"
)

// crash is a panic in the code that stages a scenario.
type crash struct{ text string }

func (c crash) Error() string { return c.text }

// stage gives a scenario its bench and runs it.
func (e *Engine) stage(ctx context.Context, s *plan.Scenario, log *observation.Log, pause func() func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = crash{fmt.Sprintf("scenario panicked: %v\n%s", p, debug.Stack())}
		}
	}()
	dir, err := e.folders.take()
	if err != nil {
		return err
	}
	defer e.folders.giveBack(dir)
	serial := e.serials.Next()
	return s.Run(ctx, &bench.Bench{
		Log: log, Dir: filepath.Clean(dir), ID: s.ID, Serial: serial, Seed: e.config.Seed, Wire: e.config.Depth != NoEvidence,
		Device: e.config.Device, Names: e.config.Names, Forge: e.config.Forge, Place: e.config.Place(serial),
		MediaInterval: e.config.MediaInterval, Pause: pause,
	})
}
