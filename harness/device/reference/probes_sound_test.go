package reference

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// soundGood is what a good device sends: a packet of RTP and one of RTCP.
const soundGood = "srtp, srtcp"

// hears has a mock of a vendor's media call the device, and returns the log of what it hears.
func hears(t testing.TB, bugs Bugs, suite string) *observation.Log {
	w := newWorld(t, settings{options: Options{Bugs: bugs}, levers: device.Levers{SRTPSuites: []string{suite}}})
	log := observation.NewLog()
	endpoint, err := media.Listen(media.Config{Address: loopback, Log: log, Interval: 2 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = endpoint.Close() })
	l := w.mustDial()
	text, own := attribute(t, 1, suite, "")
	answer := l.invite("call", describe(stream(endpoint.Port(), "RTP/SAVP", text)))
	session, err := sdp.Parse(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	value, _ := session.Media[0].Value("crypto")
	err = endpoint.Start(media.Session{
		Remote: mediaAddress(t, answer.Body), Send: media.KeyingOf(own), Receive: media.KeyingOf(parseAttribute(t, value)),
		Mute: true, // so that the device plays its own tone
	})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// await returns the first event about a datagram that is wanted.
func await(t testing.TB, log *observation.Log, from int, want func(*observation.MediaInfo) bool) observation.Event {
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
	defer cancel()
	e, err := log.WaitFrom(ctx, from, func(e observation.Event) bool { return e.Kind == observation.Media && want(e.Media) })
	if err != nil {
		t.Fatal("what was wanted did not come")
	}
	return e
}

func isReport(m *observation.MediaInfo) bool { return m.PayloadType >= 192 }
func isSound(m *observation.MediaInfo) bool  { return m.PayloadType < 96 }

// sends shows what the device's first packet of audio is, and its first report.
func sends(suite string) probe {
	return func(t testing.TB, bugs Bugs) string {
		log := hears(t, bugs, suite)
		var seen []string
		for _, kind := range []func(*observation.MediaInfo) bool{isSound, isReport} {
			m := await(t, log, 0, kind).Media
			seen = append(seen, strings.TrimSpace(string(m.Class)+" "+string(m.Diagnosis)))
		}
		return strings.Join(seen, ", ")
	}
}

// sendsDigit shows what the device sends fourth: a digit, if that is its bug.
func sendsDigit(t testing.TB, bugs Bugs) string {
	log := hears(t, bugs, cm80)
	m := await(t, log, 0, func(m *observation.MediaInfo) bool {
		return isSound(m) && m.Tone != 0 || m.Content == observation.Events
	}).Media
	return strings.TrimSpace(string(m.Class) + " " + strings.TrimPrefix(string(m.Content), string(observation.Audio)))
}

// sendsTone shows which tone the device plays.
func sendsTone(t testing.TB, bugs Bugs) string {
	tone := await(t, hears(t, bugs, cm80), 0, func(m *observation.MediaInfo) bool { return m.Tone != 0 }).Media.Tone
	for _, known := range []int{toneFrequency, milliwatt} {
		if off := tone - known; off >= -media.ToneTolerance && off <= media.ToneTolerance {
			tone = known
		}
	}
	return fmt.Sprintf("%d Hz", tone)
}

// reportsTwice shows the indexes of the device's first two reports.
func reportsTwice(t testing.TB, bugs Bugs) string {
	log := hears(t, bugs, cm80)
	first := await(t, log, 0, isReport)
	second := await(t, log, first.Seq+1, isReport)
	return fmt.Sprintf("index %d, index %d", first.Media.Index, second.Media.Index)
}
