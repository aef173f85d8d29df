package compare

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/sipconform/sipconform/harness/results"
)

// Earlier is a run, or a baseline, that a later run is compared with.
type Earlier struct {
	verdicts *Baseline
	digest   string
}

// ReadEarlier reads a results.json or a baseline.
func ReadEarlier(data []byte) (*Earlier, error) {
	verdicts, err := Read(data)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	return &Earlier{verdicts, hex.EncodeToString(sum[:])}, nil
}

// Against returns how a run differs from the earlier one, nil if there is none. Of a run that was asked, or came to,
// a part of its plan, only what it has is compared.
func (e *Earlier) Against(run *results.Run) *results.Against {
	if e == nil {
		return nil
	}
	part := run.Plan.Filter != "" || run.Incomplete != ""
	c := Verdicts(e.verdicts, Of(run), part)
	a := &results.Against{Device: e.verdicts.Device, Version: e.verdicts.Version, AsOf: e.verdicts.day, Of: e.digest,
		Part: part, Same: c.Counts.Same, Was: []results.Was{}}
	for _, change := range c.Changes {
		w := results.Was{Name: change.Name}
		if change.Was != nil {
			w.Verdict, w.Cause = change.Was.Verdict, change.Was.Cause
		}
		a.Was = append(a.Was, w)
	}
	return a
}

// Since returns how a run differs from the one that its record says it was compared with, the worst first, and how
// many of each kind there are. It returns no changes for a run that was not compared.
func Since(run *results.Run) ([]Change, Counts) {
	if run.Against == nil {
		return nil, Counts{}
	}
	is := Of(run)
	counts := Counts{Compared: run.Against.Same + len(run.Against.Was), Same: run.Against.Same}
	var all []Change
	for _, w := range run.Against.Was {
		c := Change{Name: w.Name, Is: is.ruling(w.Name)}
		if w.Verdict != "" {
			c.Was = &Ruling{w.Verdict, w.Cause}
		}
		if c.Was == nil && c.Is == nil {
			continue // only a record that was edited has that
		}
		c.Change = KindOf(c.Was, c.Is)
		*counts.Of(c.Change)++
		all = append(all, c)
	}
	sortChanges(all)
	return all, counts
}

// Faults returns what a record says of its differences from an earlier run that its own results gainsay.
func Faults(run *results.Run) []string {
	a := run.Against
	if a == nil {
		return nil
	}
	var wrong []string
	is := Of(run)
	seen := make(map[string]bool)
	there := 0
	for _, w := range a.Was {
		now := is.ruling(w.Name)
		switch {
		case seen[w.Name]:
			wrong = append(wrong, w.Name+": against has it a second time")
		case w.Verdict == "" && now == nil:
			wrong = append(wrong, w.Name+": against says that it is new, and the record does not have it")
		case now != nil && *now == Ruling{w.Verdict, w.Cause}:
			wrong = append(wrong, w.Name+": against says that it was "+now.String()+", which it is")
		case now == nil && a.Part:
			wrong = append(wrong, w.Name+": against says that it is gone, and that only what the record has was compared")
		}
		seen[w.Name] = true
		if now != nil {
			there++
		}
	}
	if len(is.Verdicts) != a.Same+there {
		wrong = append(wrong, "against does not tell of every result whether it is as it was")
	}
	changes, _ := Since(run)
	for i, c := range changes {
		if len(changes) == len(a.Was) && a.Was[i].Name != c.Name {
			wrong = append(wrong, "against has its differences in another order")
			break
		}
	}
	return slices.Clip(wrong)
}
