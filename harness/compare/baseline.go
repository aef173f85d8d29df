package compare

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// baselineSchema names the format of a [Baseline]. In that of its predecessor, what
// nothing binding was asked in is a pass.
const (
	baselineSchema   = "sipconform/baseline/v2"
	baselineSchemaV1 = "sipconform/baseline/v1"
)

// Baseline is the verdicts of a run without anything that changes from run to run,
// so that a repository can keep it and a diff of it is readable.
type Baseline struct {
	Schema   string                     `json:"schema"`
	Device   string                     `json:"device"`
	Version  string                     `json:"version,omitempty"`
	Verdicts map[string]verdict.Verdict `json:"verdicts"`
	Causes   map[string]string          `json:"causes"`
	// Served are the scenarios in which the device was served, in order.
	Served []string `json:"served,omitempty"`

	day string // as_of of the run, if it was read from a results.json
}

// Read reads a baseline, or the verdicts of a results.json.
func Read(data []byte) (*Baseline, error) {
	b := new(Baseline)
	if err := json.Unmarshal(data, b); err == nil {
		switch b.Schema {
		case baselineSchema:
			return b, nil
		case baselineSchemaV1:
			b.Schema = baselineSchema
			for id, v := range b.Verdicts {
				b.Verdicts[id] = results.FromV1(v, b.Causes[id])
			}
			return b, nil
		}
	}
	run, err := results.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return Of(run), nil
}

// Of returns the verdicts of a run.
func Of(run *results.Run) *Baseline {
	b := &Baseline{Schema: baselineSchema, Device: run.Device.Name, Version: run.Device.Version, day: run.AsOf,
		Verdicts: make(map[string]verdict.Verdict), Causes: make(map[string]string)}
	for i := range run.Results {
		r := &run.Results[i]
		b.Verdicts[r.Name()], b.Causes[r.Name()] = r.Verdict, r.Cause
		if r.Served {
			b.Served = append(b.Served, r.Name())
		}
	}
	slices.Sort(b.Served)
	return b
}

// Union returns the keys that either map has, in order.
func Union[K cmp.Ordered, V any](a, b map[K]V) []K {
	ids := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(ids)
	return slices.Compact(ids)
}
