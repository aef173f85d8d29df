package reference

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/mocks/sdp"
)

// holdSights are the sights of offers within a call.
func holdSights() map[string]sight {
	return map[string]sight{
		"answers-inactive":         {changes, `held: a=inactive`, `held: a=recvonly`},
		"renews-its-key":           {changes, `repeated: new key`, `repeated: same key`},
		"keeps-its-key":            {changes, `renewed: same key`, `renewed: new key`},
		"moves-port":               {changes, `renewed: new key, new port`, `renewed: new key, same port`},
		"resumes-under-new-source": {changes, `resumed: new source`, `resumed: same source`},
		"reports-on-hold":          {changes, `on hold: .*[1-9]\d* reports`, `on hold: .* 0 reports`},
		"keeps-port-open-on-hold":  {changes, `on hold: .*[1-9]\d* headers`, `on hold: .* 0 headers`},
		"stops-late":               {changes, `on hold: [1-9] packets`, `on hold: 0 packets`},
		"holds-inactive":           {puts, `a=inactive, nothing`, `a=sendonly`},
		"holds-without-address":    {puts, `0\.0\.0\.0 a=sendrecv, silence`, `127\.0\.0\.1`},
		"plays-music-on-hold":      {puts, `a=sendonly, audio`, `a=sendonly, silence`},
	}
}

// changes has the peer repeat its offer, hold and resume the call, and change its key. It shows what the device makes of
// that.
func changes(t testing.TB, p Peculiarities) string {
	d := converse(t, Options{Peculiarities: p, Interval: 10 * time.Millisecond})
	var b strings.Builder
	compare := func(what string, offer func()) {
		key, at := d.theirs.Keys[0], d.to
		offer()
		is := map[bool]string{true: "same", false: "new"}
		fmt.Fprintf(&b, "%s: %s key, %s port\n", what, is[d.theirs.Keys[0].Equal(key)], is[d.to == at])
	}
	source := func() uint32 {
		packet, err := d.sound.hear(d.receive)
		if err != nil {
			t.Fatal(err)
		}
		return packet.SSRC
	}
	compare("repeated", func() { d.offer("", cm80) })
	before := source()
	d.sound.reported()
	held, err := sdp.Parse(d.offer("a=sendonly", cm80).Body)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "held: a=%s\non hold: %s\n", held.Direction(&held.Media[0]), d.kinds())
	d.offer("", cm80)
	fmt.Fprintf(&b, "resumed: %s source\n", map[bool]string{true: "same", false: "new"}[source() == before])
	compare("renewed", func() {
		d.crypto = ""
		d.offer("", cm80)
	})
	return b.String()
}

// kinds shows what comes for a while.
func (d *dialogue) kinds() string {
	const header, tag = 12, 10
	packets, headers := 0, 0
	buffer := make([]byte, 2048)
	_ = d.sound.rtp.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	for {
		n, err := d.sound.rtp.Read(buffer)
		if err != nil {
			break
		}
		if n == header+tag {
			headers++
		} else {
			packets++
		}
	}
	return fmt.Sprintf("%d packets, %d headers, %d reports", packets, headers, d.sound.reported())
}

// reported reads the reports that have come, and counts them.
func (s *sound) reported() (reports int) {
	_ = s.rtcp.SetReadDeadline(time.Now().Add(time.Millisecond))
	for buffer := make([]byte, 2048); ; reports++ {
		if _, err := s.rtcp.Read(buffer); err != nil {
			return reports
		}
	}
}

// puts shows how a device with peculiarities puts a call on hold.
func puts(t testing.TB, p Peculiarities) string { return putsOnHold(t, Options{Peculiarities: p}) }
