package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// plays is a tone of the vendor's, under a source and a rollover counter.
func (s *story) plays(tone int, ssrc, rollover uint32) *story {
	return s.add(observation.Event{Kind: observation.Playing, Dir: observation.Out,
		Media: &observation.MediaInfo{Class: observation.AuthenticRTP, Tone: tone, SSRC: ssrc, Rollover: rollover}})
}

func TestKeepsUp(t *testing.T) {
	t.Parallel()
	echo := func(tone int) observation.MediaInfo {
		return observation.MediaInfo{Class: observation.AuthenticRTP, Tone: tone}
	}
	plain := sdp("audio 4000 RTP/SAVP")
	heard := func() *story { return talking().plays(1000, 1, 0).media(5, echo(1003)) }
	changed := func() *story { return heard().plays(1700, 2, 0).media(5, echo(1700)) }
	wrapped := func() *story { return changed().plays(2500, 2, 1).media(5, echo(2491)) }
	refreshed := func() *story {
		return wrapped().out("tls-1", "INVITE 2", plain).in("tls-1", "200 INVITE 2", plain).plays(1200, 2, 1)
	}
	source, refresh := judge.KeepsUp(judge.SourceChange, judge.Wrap), judge.KeepsUp(judge.Refresh)
	try(t, []trial{
		{"both", source, wrapped(), "pass kept-up"},
		{"the refresh", refresh, refreshed().media(1, echo(1200)), "pass kept-up"},
		{"both, before the refresh", source, refreshed().media(100, echo(0)), "pass kept-up"},
		{"not the source", source, heard().plays(1700, 2, 0).media(50, echo(1000)).plays(2500, 2, 1).media(50, echo(0)), "fail not-heard-after-ssrc-change"},
		{"not the wrap", source, changed().plays(2500, 2, 1).media(100, echo(1700)), "fail not-heard-after-wrap"},
		{"not the refresh", refresh, refreshed().media(100, echo(0)), "fail not-heard-after-refresh"},
		{"the source only after the wrap", source, heard().plays(1700, 2, 0).media(60, echo(0)).plays(2500, 2, 1).media(1, echo(2500)), "pass kept-up"},
		{"not yet", source, changed().plays(2500, 2, 1).media(99, echo(1700)), "inconclusive not-shown-to-hear"},
		{"under a wrong key", source, changed().plays(2500, 2, 1).media(100, badRTP), "inconclusive not-shown-to-hear"},
		{"the refresh, of one that is deaf before", refresh, refreshed().plays(900, 3, 0), "inconclusive not-shown-to-hear"},
		{"no refresh", refresh, wrapped(), "inconclusive no-change"},
		{"a tone alone", source, heard().plays(1700, 1, 0).media(5, echo(1700)), "inconclusive no-change"},
		{"the same tone from another port", source, heard().plays(1000, 1, 0), "inconclusive no-change"},
		{"nothing", source, talking().plays(1000, 1, 0).media(200, echo(440)), "inconclusive not-shown-to-hear"},
		{"no tone", source, talking(), "inconclusive not-shown-to-hear"},
	})
}

func TestKeepsRollover(t *testing.T) {
	t.Parallel()
	good := func(rollover uint32) observation.MediaInfo {
		return observation.MediaInfo{Class: observation.AuthenticRTP, SSRC: 7, Rollover: rollover}
	}
	bad := func(got, want int) observation.MediaInfo {
		return observation.MediaInfo{Class: observation.BadTag, SSRC: 7, Diagnosis: "rollover-counter", Got: got, Want: want}
	}
	rule := judge.KeepsRollover
	try(t, []trial{
		{"0", rule, talking(), "pass rollover-kept"},
		{"raised", rule, tell().media(3, good(0)).media(3, good(1)), "pass rollover-kept"},
		{"not raised", rule, tell().media(3, good(0)).media(1, bad(0, 1)), "fail rollover-not-raised"},
		{"reset", rule, tell().media(3, good(0)).media(3, good(1)).media(1, bad(0, 1)), "fail rollover-reset"},
		{"one behind", rule, tell().media(3, good(2)).media(1, bad(1, 2)), "fail rollover-not-raised"},
		{"1 at the beginning", rule, tell().media(1, bad(1, 0)), "fail rollover-wrong"},
		{"another fault", rule, tell().media(3, good(0)).media(9, badRTP), "pass rollover-kept"},
		{"too little", rule, tell().media(2, good(0)), "inconclusive no-media"},
	})
}
