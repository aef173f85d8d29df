package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
)

// streams is a tone of the vendor's, under a source and a rollover counter.
func (s *story) streams(tone int, ssrc, rollover uint32) *story {
	return s.add(observation.Event{Kind: observation.Playing, Dir: observation.Out,
		Media: &observation.MediaInfo{Class: observation.AuthenticRTP, Tone: tone, SSRC: ssrc, Rollover: rollover}})
}

func TestKeepsUp(t *testing.T) {
	t.Parallel()
	echo := func(tone int) observation.MediaInfo {
		return observation.MediaInfo{Class: observation.AuthenticRTP, Tone: tone}
	}
	plain := sdp("audio 4000 RTP/SAVP")
	unheard := func() *story {
		return registered().out("tls-1", "INVITE 1", plain).in("tls-1", "200 INVITE 1", plain).media(5, srtp)
	}
	heard := func() *story { return unheard().streams(1000, 1, 0).media(5, echo(1003)) }
	changed := func() *story { return heard().streams(1700, 2, 0).media(5, echo(1700)) }
	wrapped := func() *story { return changed().streams(2500, 2, 1).media(5, echo(2491)) }
	refreshed := func() *story {
		return wrapped().out("tls-1", "INVITE 2", plain).in("tls-1", "200 INVITE 2", plain).streams(1200, 2, 1)
	}
	source, refresh := judge.KeepsUp(judge.SourceChange, judge.Wrap), judge.KeepsUp(judge.Refresh)
	try(t, []trial{
		{"both", source, wrapped(), "pass kept-up"},
		{"the refresh", refresh, refreshed().media(1, echo(1200)), "pass kept-up"},
		{"both, before the refresh", source, refreshed().media(100, echo(0)), "pass kept-up"},
		{"not the source", source, heard().streams(1700, 2, 0).media(50, echo(1000)).streams(2500, 2, 1).media(50, echo(0)), "fail not-heard-after-ssrc-change"},
		{"not the wrap", source, changed().streams(2500, 2, 1).media(100, echo(1700)), "fail not-heard-after-wrap"},
		{"not the refresh", refresh, refreshed().media(100, echo(0)), "fail not-heard-after-refresh"},
		{"the source only after the wrap", source, heard().streams(1700, 2, 0).media(60, echo(0)).streams(2500, 2, 1).media(1, echo(2500)), "pass kept-up"},
		{"not yet", source, changed().streams(2500, 2, 1).media(99, echo(1700)), "inconclusive not-shown-to-hear"},
		{"under a wrong key", source, changed().streams(2500, 2, 1).media(100, badRTP), "inconclusive not-shown-to-hear"},
		{"the refresh, of one that is deaf before", refresh, refreshed().streams(900, 3, 0), "inconclusive not-shown-to-hear"},
		{"no refresh", refresh, wrapped(), "inconclusive no-change"},
		{"a tone alone", source, heard().streams(1700, 1, 0).media(5, echo(1700)), "inconclusive no-change"},
		{"the same tone from another port", source, heard().streams(1000, 1, 0), "inconclusive no-change"},
		{"nothing", source, unheard().streams(1000, 1, 0).media(200, echo(440)), "inconclusive not-shown-to-hear"},
		{"no tone", source, unheard(), "inconclusive not-shown-to-hear"},
	})
}

func TestYieldsSSRC(t *testing.T) {
	t.Parallel()
	from := func(ssrc uint32) observation.MediaInfo {
		return observation.MediaInfo{Class: observation.AuthenticRTP, SSRC: ssrc}
	}
	collided := func() *story { return tell().streams(1000, 1, 0).media(3, from(7)).streams(1500, 7, 0) }
	rule := judge.YieldsSSRC
	try(t, []trial{
		{"changes", rule, collided().media(5, from(7)).media(1, from(8)), "pass ssrc-changed"},
		{"goes on", rule, collided().media(50, from(7)), "fail ssrc-kept"},
		{"not yet", rule, collided().media(49, from(7)), "inconclusive no-media"},
		{"goes on, with what does not open under another", rule, collided().media(50, from(7)).media(5, badRTP), "fail ssrc-kept"},
		{"stops", rule, collided(), "inconclusive no-media"},
		{"another source of the vendor's", rule, tell().streams(1000, 1, 0).media(3, from(7)).streams(1500, 8, 0).media(50, from(7)),
			"inconclusive no-collision"},
		{"a source that the device begins with later", rule, tell().streams(1000, 7, 0).media(50, from(7)), "inconclusive no-collision"},
	})
}

func TestKeepsRollover(t *testing.T) {
	t.Parallel()
	good := observation.MediaInfo{Class: observation.AuthenticRTP}
	bad := observation.MediaInfo{Class: observation.BadTag, Diagnosis: media.RolloverCounter, Want: 1}
	rule := judge.KeepsRollover
	try(t, []trial{
		{"kept", rule, tell().media(3, good), "pass rollover-kept"},
		{"not raised", rule, tell().media(3, good).media(1, bad), "fail rollover-not-raised"},
		{"another fault", rule, tell().media(3, good).media(9, badRTP), "pass rollover-kept"},
		{"too little", rule, tell().media(2, good), "inconclusive no-media"},
	})
}
