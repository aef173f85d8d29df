package reference

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/srtp/v2"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// holdKills are the situations in which bugs about offers within a call show, and about rollover counters and sources.
func holdKills() map[string]kill {
	return map[string]kill{
		"keeps-old-suite":      {offersAgain(cm32), "authentic", "not authentic"},
		"keeps-old-port":       {moves, "sends to the new port", "sends to the old port"},
		"stops-after-refresh":  {offersAgain(""), "authentic", "nothing"},
		"sends-while-held":     {offersAgain("a=sendonly"), "nothing", "authentic"},
		"sends-while-inactive": {offersAgain("a=inactive"), "nothing", "authentic"},
		"ignores-no-address":   {offersAgain("c=IN IP4 0.0.0.0"), "nothing", "authentic"},
		"stays-on-hold":        {offersAgain("a=inactive", ""), "authentic", "nothing"},
		"resumes-in-clear":     {offersAgain("a=inactive", ""), "authentic", "in clear"},
		"sends-while-holding":  {holdsPeer, "127.0.0.1 a=sendonly, silence", "127.0.0.1 a=inactive, silence"},

		"never-raises-rollover":      {offersAgain(), "authentic", "not authentic"},
		"resets-rollover-on-hold":    {offersAgain("a=inactive", ""), "authentic", "not authentic"},
		"resets-rollover-on-refresh": {offersAgain(""), "authentic", "not authentic"},
		"forgets-rollover": {speaksOn(func(d *dialogue) { d.wrap(); d.hears(0x44); d.offer("", cm80) }),
			"hears on", "hears nothing more"},
		"ignores-rollover": {speaksOn((*dialogue).wrap), "hears on", "hears nothing more"},
		"keeps-ssrc":       {collides, "changes its SSRC", "keeps its SSRC"},
		"hears-one-source": {speaksOn(func(d *dialogue) { d.sound.ssrc++ }), "hears on", "hears nothing more"},
	}
}

// dialogue is a call from the peer, in which the device sends.
type dialogue struct {
	t             testing.TB
	line          *line
	sound         *sound
	answer        *received // to the first INVITE
	sequence      int       // CSeq
	to            netip.AddrPort
	crypto        string // the peer's
	theirs        sdes.Attribute
	send, receive *srtp.Context
}

// converse has the peer call the device, and waits for packets beyond a wrap of a device that begins shortly before it.
func converse(t testing.TB, options Options) *dialogue {
	if options.Interval == 0 {
		options.Interval = 2 * time.Millisecond
	}
	w := newWorld(t, settings{options: options})
	d := &dialogue{t: t, line: w.mustDial(), sound: newSound(t), sequence: 1}
	var own sdes.Attribute
	d.crypto, own = attribute(t, 1, cm80, "")
	d.answer = d.line.invite("call", d.sound.describe("RTP/SAVP", d.crypto))
	d.send = keysOf(t, own)
	d.settle(d.answer)
	for range 10 {
		if _, err := d.sound.hear(d.receive); err != nil && options.Bugs == (Bugs{}) {
			t.Fatal(err)
		}
	}
	return d
}

// settle reads the device's answer.
func (d *dialogue) settle(answer *received) {
	session, err := sdp.Parse(answer.Body)
	if err != nil {
		d.t.Fatalf("%v: %s", err, answer.Raw)
	}
	value, _ := session.Media[0].Value("crypto")
	theirs := parseAttribute(d.t, value)
	if d.receive == nil || theirs.Suite != d.theirs.Suite || !theirs.Keys[0].Equal(d.theirs.Keys[0]) {
		d.receive = keysOf(d.t, theirs)
	}
	d.theirs, d.to = theirs, mediaAddress(d.t, answer.Body)
}

// offer makes a new offer: the last one under a suite, with a line in it. Under the suite from before its key stays the
// same.
func (d *dialogue) offer(line, suite string) *received {
	if !strings.Contains(d.crypto, suite) {
		var own sdes.Attribute
		d.crypto, own = attribute(d.t, 1, suite, "")
		d.send = keysOf(d.t, own)
	}
	body := d.sound.describe("RTP/SAVP", d.crypto)
	if strings.HasPrefix(line, "c=") {
		body = strings.Replace(body, "c=IN IP4 127.0.0.1", line, 1)
	} else if line != "" {
		body += line + "\r\n"
	}
	d.sequence++
	invite := d.line.within(d.answer, "INVITE", d.sequence)
	invite.SetBody(sdpType, []byte(body))
	answer := d.line.ask(invite)
	d.line.send(d.line.within(d.answer, "ACK", d.sequence))
	d.settle(answer)
	d.sound.drain()
	return answer
}

// next shows the device's next packet.
func (d *dialogue) next() string {
	buffer := make([]byte, 2048)
	_ = d.sound.rtp.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
	n, err := d.sound.rtp.Read(buffer)
	switch {
	case err != nil:
		return "nothing"
	case n == 12+packetSamples:
		return "in clear"
	}
	if _, err := d.receive.DecryptRTP(nil, buffer[:n], nil); err != nil {
		return "not authentic"
	}
	return "authentic"
}

// offersAgain shows what a device sends after offers with those lines. A suite stands for an offer of that suite.
func offersAgain(lines ...string) probe {
	return func(t testing.TB, bugs Bugs) string {
		d := converse(t, Options{Bugs: bugs})
		for _, line := range lines {
			suite := cm80
			if line == cm32 {
				line, suite = "", cm32
			}
			d.offer(line, suite)
		}
		return d.next()
	}
}

// moves shows where the device sends after an offer that names another port.
func moves(t testing.TB, bugs Bugs) string {
	d := converse(t, Options{Bugs: bugs})
	old := d.sound
	d.sound = newSound(t)
	d.offer("", cm80)
	old.drain()
	if d.next() != "nothing" {
		return "sends to the new port"
	}
	d.sound = old
	if d.next() != "nothing" {
		return "sends to the old port"
	}
	return "sends nothing"
}

// wrap has the peer's sequence number wrap while it speaks.
func (d *dialogue) wrap() {
	d.sound.sequence = 65530
	for range 10 {
		d.sound.say(d.to, d.send, bytes.Repeat([]byte{0x11}, packetSamples))
	}
}

// hears tells whether the device sends back audio that consists of one code.
func (d *dialogue) hears(code byte) bool {
	payload := bytes.Repeat([]byte{code}, packetSamples)
	for range 50 {
		d.sound.say(d.to, d.send, payload)
		if packet, err := d.sound.hear(d.receive); err == nil && slices.Equal(packet.Payload, payload) {
			return true
		}
	}
	return false
}

// collides has the peer speak under the device's own SSRC, and shows whether the device then changes it.
func collides(t testing.TB, bugs Bugs) string {
	d := converse(t, Options{Bugs: bugs})
	packet, err := d.sound.hear(d.receive)
	if err != nil {
		t.Fatal(err)
	}
	own := packet.SSRC
	d.sound.ssrc = own
	d.sound.say(d.to, d.send, bytes.Repeat([]byte{0x11}, packetSamples))
	for range 50 {
		if packet, err = d.sound.hear(d.receive); err != nil {
			t.Fatal(err)
		}
		if packet.SSRC != own {
			return "changes its SSRC"
		}
	}
	return "keeps its SSRC"
}

// speaksOn shows whether the device still hears the peer after a change.
func speaksOn(change func(*dialogue)) probe {
	return func(t testing.TB, bugs Bugs) string {
		d := converse(t, Options{Bugs: bugs})
		d.sound.sequence = 65400
		if !d.hears(0x22) {
			return "hears nothing"
		}
		change(d)
		if d.hears(0x33) {
			return "hears on"
		}
		return "hears nothing more"
	}
}

// holdsPeer shows how a device with a bug puts a call on hold.
func holdsPeer(t testing.TB, bugs Bugs) string { return putsOnHold(t, Options{Bugs: bugs}) }

// putsOnHold has the device call the peer and then hold the call. It shows by what the device does that, and what it then
// sends.
func putsOnHold(t testing.TB, options Options) string {
	options.Interval = 2 * time.Millisecond
	s := newSound(t)
	crypto, own := attribute(t, 1, cm80, "")
	var offers []*sdp.Session
	w := newWorld(t, settings{options: options, script: func(r *received) {
		if r.Method != "INVITE" {
			return
		}
		offer, err := sdp.Parse(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		offers = append(offers, offer)
		direction := offer.Direction(&offer.Media[0]).Reverse()
		r.respond(200, s.describe("RTP/SAVP", crypto)+"a="+string(direction)+"\r\n", "Contact", "<sip:callee@192.0.2.9;transport=tls>")
	}})
	w.do(device.Call, target)
	value, _ := offers[0].Media[0].Value("crypto")
	receive := keysOf(t, parseAttribute(t, value))
	at, _ := offers[0].RTP(&offers[0].Media[0])
	s.echoed(at, keysOf(t, own), receive)
	w.do(device.Hold, "")
	if len(offers) != 2 {
		return "makes no offer"
	}
	s.drain()
	held := &offers[1].Media[0]
	seen := fmt.Sprintf("%s a=%s, ", offers[1].EffectiveConnection(held).Address, offers[1].Direction(held))
	kind := "nothing"
	for range lateness + 1 { // what was in its queue comes first
		buffer := make([]byte, 2048)
		_ = s.rtp.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		n, err := s.rtp.Read(buffer)
		if err != nil {
			break
		}
		raw, err := receive.DecryptRTP(nil, buffer[:n], nil)
		if err != nil {
			return seen + "not authentic"
		}
		if kind = "audio"; bytes.Equal(raw[12:], silence(0, packetSamples)) {
			kind = "silence"
		}
	}
	return seen + kind
}
