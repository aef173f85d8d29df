package reference

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// soundGood is what a good device sends: a packet of RTP and one of RTCP.
const soundGood = "srtp, srtcp"

// listens returns a mock of a vendor's media, and the log of what it hears.
func listens(t testing.TB) (*media.Endpoint, *observation.Log) {
	log := observation.NewLog()
	endpoint, err := media.Listen(media.Config{Address: loopback, Log: log, Interval: 2 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = endpoint.Close() })
	return endpoint, log
}

// hears has a mock of a vendor's media call the device with a key that after follows, and returns the log of what it
// hears, and the status of the answer.
func hears(t testing.TB, bugs Bugs, suite, after string) (*observation.Log, int) {
	w := newWorld(t, settings{options: Options{Bugs: bugs}, levers: device.Levers{SRTPSuites: []string{suite}}})
	endpoint, log := listens(t)
	l := w.mustDial()
	text, own := attribute(t, 1, suite, after)
	answer := l.invite("call", describe(stream(endpoint.Port(), "RTP/SAVP", text)))
	if answer.Status != 200 {
		return nil, answer.Status
	}
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
	return log, 200
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
func sends(suite string, after ...string) probe {
	return func(t testing.TB, bugs Bugs) string {
		log, status := hears(t, bugs, suite, strings.Join(after, ""))
		if log == nil {
			return strconv.Itoa(status)
		}
		var seen []string
		for _, kind := range []func(*observation.MediaInfo) bool{isSound, isReport} {
			seen = append(seen, datagram(await(t, log, 0, kind).Media))
		}
		return strings.Join(seen, ", ")
	}
}

// callsWith has the device call, and shows its first packet of audio when the first of its two keys was chosen.
func callsWith(t testing.TB, bugs Bugs) string {
	endpoint, log := listens(t)
	text, own := attribute(t, 1, cm80, "")
	w := newWorld(t, settings{options: Options{Bugs: bugs}, script: callee(func(offer *sdp.Session) string {
		results, _ := sdes.ParseMedia(offer.Media[0].Values("crypto"))
		keys := sdes.Valid(results)
		remote, _ := offer.RTP(&offer.Media[0])
		err := endpoint.Start(media.Session{
			Remote: remote, Send: media.KeyingOf(own), Receive: media.KeyingOf(keys[0]), Mute: true,
			Strays: []media.Stray{{Origin: media.OtherAttribute, Keying: *media.KeyingOf(keys[1])}},
		})
		if err != nil {
			t.Error(err)
		}
		return describe(stream(endpoint.Port(), "RTP/SAVP", text))
	})})
	w.do(device.Call, target)
	return datagram(await(t, log, 0, isSound).Media)
}

// datagram names a datagram.
func datagram(m *observation.MediaInfo) string {
	return strings.TrimSpace(string(m.Class) + " " + string(m.Diagnosis))
}

// sendsDigit shows what the device sends fourth: a digit, if that is its bug.
func sendsDigit(t testing.TB, bugs Bugs) string {
	log, _ := hears(t, bugs, cm80, "")
	m := await(t, log, 0, func(m *observation.MediaInfo) bool {
		return isSound(m) && m.Tone != 0 || m.Content == observation.Events
	}).Media
	return strings.TrimSpace(string(m.Class) + " " + strings.TrimPrefix(string(m.Content), string(observation.Audio)))
}

// sendsTone shows which tone the device plays.
func sendsTone(t testing.TB, bugs Bugs) string {
	log, _ := hears(t, bugs, cm80, "")
	tone := await(t, log, 0, func(m *observation.MediaInfo) bool { return m.Tone != 0 }).Media.Tone
	for _, known := range []int{toneFrequency, milliwatt} {
		if off := tone - known; off >= -media.ToneTolerance && off <= media.ToneTolerance {
			tone = known
		}
	}
	return fmt.Sprintf("%d Hz", tone)
}

// reportsTwice shows the indexes of the device's first two reports.
func reportsTwice(t testing.TB, bugs Bugs) string {
	log, _ := hears(t, bugs, cm80, "")
	first := await(t, log, 0, isReport)
	second := await(t, log, first.Seq+1, isReport)
	return fmt.Sprintf("index %d, index %d", first.Media.Index, second.Media.Index)
}
