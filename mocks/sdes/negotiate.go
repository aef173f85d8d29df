package sdes

import (
	"bytes"
	"fmt"
	"slices"
)

// Result is one a=crypto of a media section: the attribute, or why it is not valid.
type Result struct {
	// Text is the value as it came. It holds the keys.
	Text      string
	Attribute Attribute
	// Err is nil or an [*Error]. A receiver ignores such an attribute and uses
	// the others.
	Err error
}

// ParseMedia reads every a=crypto of one media section, in order. If two attributes that parse share a tag, the whole
// offer is invalid and the error is an [*Error] with cause [DuplicateTag]; the results are complete even then.
func ParseMedia(values []string) ([]Result, error) {
	results := make([]Result, 0, len(values))
	seen := make(map[int]bool)
	var duplicate error
	for _, v := range values {
		a, err := Parse(v)
		results = append(results, Result{Text: v, Attribute: a, Err: err})
		if err != nil {
			continue
		}
		if seen[a.Tag] && duplicate == nil {
			duplicate = &Error{Cause: DuplicateTag, Detail: fmt.Sprintf("tag %d", a.Tag)}
		}
		seen[a.Tag] = true
	}
	return results, duplicate
}

// Valid returns the attributes of those results that parsed, in order.
func Valid(results []Result) []Attribute {
	var valid []Attribute
	for _, r := range results {
		if r.Err == nil {
			valid = append(valid, r.Attribute)
		}
	}
	return valid
}

// Choose returns the first attribute, in the offerer's order of preference, that an answerer may accept (RFC 4568
// §7.1.2). The answerer knows the acceptable suites and, if mki is true, MKIs. Of session parameters it knows only
// WSH, which is a hint, so that Choose never returns an attribute that switches encryption or authentication off.
// False means that the stream must be rejected.
func Choose(offered []Attribute, acceptable []string, mki bool) (Attribute, bool) {
	for _, a := range offered {
		if _, known := a.Known(); !known || len(a.Keys) == 0 || !slices.Contains(acceptable, a.Suite) {
			continue
		}
		if a.HasMKI() && !mki {
			continue
		}
		if slices.ContainsFunc(a.Params, func(p Param) bool { return !p.Optional && p.Name != WSH }) {
			continue
		}
		return a, true
	}
	return Attribute{}, false
}

// CheckAnswer checks the answer of an accepted stream as its offerer must (RFC 4568 §7.1.2 and §7.1.3) and returns
// the attribute that was agreed on, with the answerer's key. Every error is an [*Error].
func CheckAnswer(offer []Attribute, answer []Result) (Attribute, error) {
	switch {
	case len(answer) == 0:
		return Attribute{}, &Error{Cause: NoCrypto}
	case len(answer) > 1:
		return Attribute{}, &Error{Cause: SeveralCrypto, Detail: fmt.Sprintf("%d attributes", len(answer))}
	case answer[0].Err != nil:
		return Attribute{}, &Error{Cause: InvalidAttribute, Err: answer[0].Err}
	}
	a := answer[0].Attribute
	i := slices.IndexFunc(offer, func(o Attribute) bool { return o.Tag == a.Tag })
	if i < 0 {
		return Attribute{}, &Error{Cause: TagNotOffered, Detail: fmt.Sprintf("tag %d", a.Tag)}
	}
	chosen := offer[i]
	if chosen.Suite != a.Suite {
		return Attribute{}, &Error{Cause: SuiteNotOfferedForTag, Detail: fmt.Sprintf("tag %d: %s, offered %s", a.Tag, a.Suite, chosen.Suite)}
	}
	if !slices.Equal(chosen.Weakened(), a.Weakened()) {
		return Attribute{}, &Error{Cause: SessionParametersDiffer, Detail: fmt.Sprintf("%q, offered %q", a.Weakened(), chosen.Weakened())}
	}
	// The keys of all offered attributes are the offerer's, not only that of the chosen one.
	for _, o := range offer {
		for _, theirs := range o.Keys {
			for _, own := range a.Keys {
				if bytes.Equal(theirs.Material, own.Material) {
					return Attribute{}, &Error{Cause: SameKeyAsOffered, Detail: fmt.Sprintf("tag %d", o.Tag)}
				}
			}
		}
	}
	return a, nil
}
