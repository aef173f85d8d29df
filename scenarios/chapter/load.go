package chapter

import (
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// loads are as many calls of the vendor's at once as the device claims to bear, of two codecs, some of them on hold for a
// while.
func loads() family {
	return family{
		id: "{way}/{case}", ways: []string{listenerWay, callInWay},
		cases: func(*entry) []string { return []string{"load"} },
		stimuli: func(e *entry, _ string) ([]stimulus, error) {
			script := []scene.Step{scene.LoadListener(), scene.Settle()}
			if e.way.name == callInWay {
				script = []scene.Step{scene.Register(), scene.Load(), scene.Settle()}
			}
			return []stimulus{{
				title: "as many calls at once as the device claims to bear, some of them on hold for a while", area: "load",
				script: script, requirement: "RF-LOAD-01", expected: "takes each call, and sends audio in it until the vendor ends it",
				rule: judge.BearsLoad,
			}}, nil
		},
	}
}
