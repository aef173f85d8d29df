package engine_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/srtp"
)

// saw is what a shard saw of a scenario, in a configuration if its name follows an @.
type saw map[string][]observation.Event

// ranBy is a shard that has scenarios as its own, and saw something of these and of others.
func ranBy(number int, own string, seen saw) engine.Ran {
	r := engine.Ran{Number: number, Places: make(map[journal.Place]journal.Ran)}
	for _, id := range strings.Fields(own) {
		r.Scenarios = append(r.Scenarios, "twilio/voice/"+id)
	}
	events := make(map[journal.Place][]observation.Event)
	for name, e := range seen {
		id, configuration, _ := strings.Cut(name, "@")
		at := journal.Place{Scenario: "twilio/voice/" + id, Configuration: configuration}
		log := observation.NewLog()
		for _, one := range e {
			log.Append(one)
		}
		events[at], r.Places[at] = log.End(), journal.Ran{Place: at, Observations: "a digest"}
	}
	r.Observed = func(r journal.Ran) ([]observation.Event, error) { return events[r.Place], nil }
	return r
}

// merged merges shards, and returns what each result came to: verdict, cause and what blocks it.
func merged(t *testing.T, c engine.Config, shards []engine.Ran, all ...*plan.Scenario) (engine.Whole, []string) {
	t.Helper()
	whole, err := engine.New(c).Merge(planOf(all...), shards)
	if err != nil {
		t.Fatal(err)
	}
	var came []string
	for _, r := range slices.Concat(whole.Results, whole.Repeated) {
		text := fmt.Sprintf("%s %s %s", strings.ReplaceAll(r.Name(), "twilio/voice/", ""), r.Verdict, r.Cause)
		if r.Blocked != nil {
			text += " by " + strings.TrimPrefix(r.Blocked.Scenario, "twilio/voice/") + " " + r.Blocked.Cause
		}
		came = append(came, text)
	}
	return whole, came
}

func TestMerge(t *testing.T) {
	t.Parallel()
	good := []observation.Event{note(must, verdict.Pass, "good"), {Kind: observation.Note, Text: getsThrough}}
	bad := []observation.Event{note(must, verdict.Fail, "bad"), {Kind: observation.Note, Text: getsThrough}}
	unserved := []observation.Event{note(must, verdict.Pass, "good")}
	broken := []observation.Event{{Kind: observation.Fault, Fault: observation.MockPanicked, Text: "oops"}}
	refused := []observation.Event{note(must, verdict.Pass, "refused")}
	base := scenario("base", nil, byNote)
	for name, c := range map[string]struct {
		shards []engine.Ran
		want   []string
	}{
		"what two shards saw of a control agrees": {
			[]engine.Ran{ranBy(1, "base a", saw{"base": good, "a": refused}), ranBy(2, "b", saw{"base": good, "b": refused})},
			[]string{"base pass good", "a pass refused", "b pass refused", "base (shard 2) pass good"},
		},
		"each shard's own control decides": {
			[]engine.Ran{ranBy(1, "base a", saw{"base": good, "a": refused}), ranBy(2, "b", saw{"base": unserved, "b": refused})},
			[]string{"base inconclusive shards-disagree", "a pass refused", "b inconclusive control-not-served", "base (shard 1) pass good", "base (shard 2) pass good"},
		},
		"a fault of one shard's control excuses none in another": {
			[]engine.Ran{ranBy(1, "base a", saw{"base": good, "a": bad}), ranBy(2, "b", saw{"base": bad, "b": bad})},
			[]string{"base inconclusive shards-disagree", "a fail bad", "b inconclusive blocked by base bad", "base (shard 1) pass good", "base (shard 2) fail bad"},
		},
		"one cause is blamed once, whichever shard saw it": {
			[]engine.Ran{ranBy(1, "base b", saw{"base": good, "b": bad}), ranBy(2, "a", saw{"base": good, "a": bad})},
			[]string{"base pass good", "a fail bad", "b inconclusive blocked by a bad", "base (shard 2) pass good"},
		},
		"an error of the harness in one shard's control": {
			[]engine.Ran{ranBy(1, "base a", saw{"base": good, "a": refused}), ranBy(2, "b", saw{"base": broken, "b": refused})},
			[]string{"base error shards-disagree", "a pass refused", "b inconclusive control-not-served", "base (shard 1) pass good", "base (shard 2) error mock-panicked"},
		},
		"a control that its own shard did not come to": {
			[]engine.Ran{ranBy(1, "base a", saw{}), ranBy(2, "b", saw{"base": good, "b": refused})},
			[]string{"base pass good", "b pass refused"},
		},
		"a control that the shard did not come to": {
			[]engine.Ran{ranBy(1, "base a", saw{"base": good, "a": refused}), ranBy(2, "b", saw{"b": refused})},
			[]string{"base pass good", "a pass refused", "b inconclusive control-not-served"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := config(t)
			config.Out = t.TempDir()
			whole, got := merged(t, config, c.shards, base, scenario("a", nil, control("base"), refuses), scenario("b", nil, control("base"), refuses))
			same(t, "results", got, c.want)
			record := results.Run{AsOf: "2026-01-31", Results: whole.Results, Plan: results.Plan{Selected: 3},
				Merged: &results.Merged{Of: 2, Repeated: whole.Repeated}}
			for _, s := range c.shards {
				one := results.MergedShard{Number: s.Number}
				for at := range s.Places {
					one.Scenarios = append(one.Scenarios, at.Scenario)
				}
				record.Merged.Shards = append(record.Merged.Shards, one)
			}
			record.Conclude()
			if err := record.Validate(); err != nil {
				t.Error(err)
			}
			for r := range record.Recorded() {
				if r.Evidence.Observations == "" || r.Repeated && r.Shard > 1 && !strings.Contains(r.Evidence.Observations, "/shard-2/") {
					t.Errorf("the observations of %s are in %q", r.Name(), r.Evidence.Observations)
				}
			}
		})
	}
}

// TestMergeKeys: a key that comes again is found though two shards saw it, and a control that ran twice with one key has not
// used it twice.
func TestMergeKeys(t *testing.T) {
	t.Parallel()
	calls := []observation.Event{opened(), inCall(observation.Out, "INVITE sip:device@example.com SIP/2.0", ""),
		inCall(observation.In, "SIP/2.0 200 OK", testkit.SRTP("1 AES_CM_128_HMAC_SHA1_80 inline:"+key))}
	fresh := func(s *plan.Scenario) {
		s.Checks = []judge.Check{{Requirement: must, Expected: "a new key", Rule: judge.FreshKeys}}
	}
	_, got := merged(t, config(t), []engine.Ran{ranBy(1, "first", saw{"first": calls}), ranBy(2, "again", saw{"first": calls, "again": calls})},
		scenario("first", nil, fresh), scenario("again", nil, fresh, control("first")))
	same(t, "results", got, []string{"first pass keys-fresh", "again fail key-reused", "first (shard 2) pass keys-fresh"})

	// The control of the second shard used another key; that of the first, whose key comes again, ran elsewhere.
	other := slices.Clone(calls)
	other[2] = inCall(observation.In, "SIP/2.0 200 OK", testkit.SRTP("1 AES_CM_128_HMAC_SHA1_80 inline:wWRkZGRkZMjIyMgBAgMEBQYHCAkKCwwNDg8QEfLz"))
	_, got = merged(t, config(t), []engine.Ran{ranBy(1, "first", saw{"first": calls}), ranBy(2, "again", saw{"first": other, "again": calls})},
		scenario("first", nil, fresh), scenario("again", nil, fresh, control("first")))
	same(t, "results", got, []string{"first pass keys-fresh", "again fail key-reused", "first (shard 2) pass keys-fresh"})
}

// TestMergeKeyOfAnotherCall: a packet is explained by a key that another shard saw.
func TestMergeKeyOfAnotherCall(t *testing.T) {
	t.Parallel()
	material, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	const suite = "AES_CM_128_HMAC_SHA1_80"
	k, err := srtp.New(suite, material)
	if err != nil {
		t.Fatal(err)
	}
	packet, _ := k.SealRTP([]byte{0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4}, 0, k.RTP())
	stray := []observation.Event{{Kind: observation.Media, Dir: observation.In, Bytes: packet,
		Media: &observation.MediaInfo{Class: observation.BadTag, Diagnosis: media.UnknownKey, SSRC: 5}}}
	offer := []observation.Event{opened(), inCall(observation.Out, "INVITE sip:device@example.com SIP/2.0", testkit.SRTP("1 "+suite+" inline:"+key))}
	secure := func(s *plan.Scenario) {
		s.Checks = []judge.Check{{Requirement: must, Expected: "its own keys", Rule: judge.SecureRTP}}
	}
	whole, got := merged(t, config(t), []engine.Ran{ranBy(1, "stray", saw{"stray": stray}), ranBy(2, "offer", saw{"offer": offer})},
		scenario("stray", nil, secure), scenario("offer", nil, secure))
	same(t, "results", got, []string{"stray fail media-key-of-another-call", "offer inconclusive no-media"})
	if !strings.Contains(whole.Results[0].Observed, "twilio/voice/offer") {
		t.Errorf("it does not say of which: %q", whole.Results[0].Observed)
	}
}

// TestMergeConfigurations: what is open beside all shards is what its own shard made of it in a configuration, with the control
// that this shard ran there. What only the other shards leave open was not asked again, and is told.
func TestMergeConfigurations(t *testing.T) {
	t.Parallel()
	through := observation.Event{Kind: observation.Note, Text: getsThrough}
	refuses := []observation.Event{note(must, verdict.Fail, "refused")}
	good := []observation.Event{note(must, verdict.Pass, "good"), through}
	c := config(t)
	c.Device = picky{phone{can: device.Capabilities{device.CanRegister}}, []device.Configuration{unverified}}
	all := []*plan.Scenario{scenario("base", nil, byNote), scenario("a", nil, byNote, control("base")), scenario("b", nil, byNote, control("base")),
		scenario("c", nil, byNote)}
	asked := func(id string) saw {
		return saw{"base": refuses, "base@verification off": good, id: refuses, id + "@verification off": good}
	}
	first := asked("a")
	whole, got := merged(t, c, []engine.Ran{ranBy(1, "base a", first), ranBy(2, "b", asked("b")), ranBy(3, "c", saw{"c": refuses})}, all...)
	same(t, "results", got, []string{"base fail refused", "a (verification off) pass good", "b (verification off) pass good", "c inconclusive blocked by base refused",
		"base (verification off) pass good", "base (shard 2) fail refused", "base (verification off, shard 2) pass good"})
	same(t, "what was not asked again", whole.Unasked, []string{"twilio/voice/c"})
	if own := whole.Results[1].Own; own == nil || own.Cause != "blocked" || own.Shard != 1 {
		t.Errorf("in the own set-up it was %+v", own)
	}
}

// TestMergeUnread: observations that cannot be read are no result.
func TestMergeUnread(t *testing.T) {
	t.Parallel()
	one := ranBy(2, "a", saw{"a": nil})
	one.Observed = func(journal.Ran) ([]observation.Event, error) { return nil, fs.ErrNotExist }
	_, err := engine.New(config(t)).Merge(planOf(scenario("a", nil)), []engine.Ran{one})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "shard 2: what was observed in twilio/voice/a cannot be read") {
		t.Errorf("the error is %v", err)
	}
}
