package engine

import "github.com/sipconform/sipconform/harness/judge"

// elsewhere waits until every scenario has run in the device's own set-up, and returns the
// keys of all but the one of that ID. A packet that is explained by them is explained in
// the same way however many scenarios run at the same time; only the results that need it
// wait for that.
func (f *Futures) elsewhere(id string) []judge.Elsewhere {
	if in := f.engine.instead; in != nil {
		return in.own.elsewhere(id)
	}
	var all []judge.Elsewhere
	for _, other := range f.order {
		one := f.byID[other]
		<-one.ran
		if other != id && one.raw != nil && len(one.raw.keys) > 0 {
			all = append(all, judge.Elsewhere{Scenario: other, Keys: one.raw.keys})
		}
	}
	return all
}
