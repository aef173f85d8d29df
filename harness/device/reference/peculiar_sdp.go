package reference

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// longLifetime is the longest lifetime that SRTCP allows (RFC 3711 §9.2).
const longLifetime = "2^31"

// usualSuites returns the SRTP suites of a device that is not set to any, best first.
func (s *session) usualSuites() []string {
	suites := []string{"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"}
	switch {
	case s.peculiar.ReversesSuites:
		slices.Reverse(suites)
	case s.peculiar.OffersManySRTPSuites:
		suites = append([]string{
			"AEAD_AES_256_GCM", "AEAD_AES_128_GCM", "AES_256_CM_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_32",
		}, suites...)
	}
	return suites
}

// hints returns the session parameters of the device's own keys.
func (s *session) hints() []sdes.Param {
	var params []sdes.Param
	if s.peculiar.HintsWindow {
		params = append(params, sdes.Param{Name: sdes.WSH, Value: "128", HasValue: true})
	}
	if s.peculiar.AddsOptionalParameter {
		params = append(params, sdes.Param{Optional: true, Name: "ACME_HINT", Value: "1", HasValue: true})
	}
	return params
}

// formats returns the formats that the device offers: G.711, and telephone events.
func (s *session) formats() []sdp.Format {
	offered := []sdp.Format{sdp.PCMU, sdp.PCMA, sdp.DTMF}
	if s.peculiar.PrefersALaw {
		offered[0], offered[1] = offered[1], offered[0]
	}
	if s.peculiar.RenumbersEvents {
		offered[2].Name = "96"
	}
	return offered
}

// answerFormats returns the formats of the answer to an offered stream.
func (s *session) answerFormats(m *sdp.Media) []sdp.Format {
	common := commonFormats(m)
	aLaw := slices.IndexFunc(common, func(f sdp.Format) bool { return f.Name == sdp.PCMA.Name })
	if s.peculiar.PrefersALaw && aLaw > 0 {
		common[0], common[aLaw] = common[aLaw], common[0]
	}
	if s.peculiar.AnswersOneFormat {
		common = common[:1]
	}
	return common
}

// prefer has the device send A-law to a peer that takes it, for PrefersALaw.
func (s *session) prefer(f *flow, m *sdp.Media) {
	if s.peculiar.PrefersALaw && slices.Contains(m.Formats, sdp.PCMA.Name) {
		f.payloadType = 8
	}
}

// eventsOf returns the payload type of telephone events in a stream, 0 if it has none.
func eventsOf(m *sdp.Media) uint8 {
	for _, value := range m.Values("rtpmap") {
		if name, ok := strings.CutSuffix(value, " "+sdp.DTMF.Map); ok {
			number, _ := strconv.ParseUint(name, 10, 7)
			return uint8(number)
		}
	}
	return 0
}

// rewrite changes a session description that is complete as the peculiarities say.
func (s *session) rewrite(raw []byte, isOffer bool) []byte {
	sections := strings.SplitAfter(strings.ReplaceAll(string(raw), "\r\nm=", "\r\n\x00m="), "\x00")
	for i := range sections {
		sections[i] = strings.TrimSuffix(sections[i], "\x00")
	}
	sections[0] = s.rewriteSession(sections[0], isOffer)
	for i := 1; i < len(sections); i++ {
		sections[i] = s.rewriteStream(sections[i], isOffer)
	}
	if isOffer && s.peculiar.OffersRefusedVideo {
		video := "m=video 0 RTP/AVP 31\r\n"
		if s.peculiar.AddressesStreams {
			video += s.connection()
		}
		sections = append(sections, video)
	}
	if isOffer && len(sections) > 1 {
		sections = append(sections, s.further(sections[1]))
	}
	return []byte(strings.Join(sections, ""))
}

// connection returns the c= line of the device.
func (s *session) connection() string {
	return fmt.Sprintf("c=IN %s %s\r\n", s.family(), s.setup.Address)
}

// family returns the address family of the device, as in SDP.
func (s *session) family() string {
	if s.setup.Address.Is6() {
		return "IP6"
	}
	return "IP4"
}

// rewriteSession changes the lines of the session.
func (s *session) rewriteSession(text string, isOffer bool) string {
	p := &s.peculiar
	if origin := strings.Fields(lineOf(text, "o=")); p.NumbersSessionsHigh && len(origin) > 2 {
		version, _ := strconv.ParseUint(origin[2], 10, 16)
		const base = 1<<63 - 70000
		text = strings.Replace(text, strings.Join(origin[:3], " "), fmt.Sprintf("o=device-1 %d %d", uint64(base), base+version), 1)
	}
	if p.NamesNoSession {
		text = strings.Replace(text, lineOf(text, "s="), "s= ", 1)
	}
	if p.DescribesSession {
		text = strings.Replace(text, "c=", "i=A call, of course\r\nu=http://www.example.com/call?a=1\r\n"+
			"e=desk@example.com (The Desk)\r\np=+1 617 555-6011\r\nc=", 1)
		text = strings.Replace(text, "t=", "b=CT:1000\r\nb=AS:100\r\nb=X-DEVICE:1\r\nt=", 1)
	}
	if p.AddressesStreams {
		text = strings.Replace(text, s.connection(), "", 1)
	}
	if p.ExtendsSDP {
		text += "a=tool:Device 1.0\r\na=group:LS one\r\na=x-nothing\r\na=charset:UTF-8\r\n"
	}
	if p.OffersICE && isOffer {
		text += "a=ice-options:trickle\r\n"
	}
	if p.DirectsSession {
		text += "a=sendrecv\r\n"
	}
	return text
}

// lineOf returns the first line that begins so, without its end.
func lineOf(text, prefix string) string {
	for line := range strings.SplitSeq(text, "\r\n") {
		if strings.HasPrefix(line, prefix) {
			return line
		}
	}
	return ""
}

// rewriteStream changes the lines of a stream.
func (s *session) rewriteStream(text string, isOffer bool) string {
	p := &s.peculiar
	head, rest, _ := strings.Cut(text, "\r\n")
	head += "\r\n"
	if p.AddressesStreams {
		rest = s.connection() + rest
	}
	port, _ := strconv.Atoi(strings.Fields(head)[1])
	if port == 0 {
		return head + rest
	}
	if isOffer && p.OffersManyFormats || !isOffer && p.AnswersFurtherFormats {
		head = strings.Replace(head, "\r\n", " 9 18 111\r\n", 1)
		rest += "a=rtpmap:9 G722/8000\r\na=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\n" +
			"a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
	}
	if p.SendsComfortNoise {
		head = strings.Replace(head, "\r\n", " 13\r\n", 1)
		rest += "a=rtpmap:13 CN/8000\r\n"
	}
	for _, change := range []struct {
		on       bool
		from, to string
	}{
		{p.OmitsStaticMaps, "a=rtpmap:0 PCMU/8000\r\n", ""},
		{p.OmitsStaticMaps, "a=rtpmap:8 PCMA/8000\r\n", ""},
		{p.OmitsPacketTime, lineOf(rest, "a=ptime:") + "\r\n", ""},
	} {
		if change.on {
			rest = strings.Replace(rest, change.from, change.to, 1)
		}
	}
	if p.DescribesSession {
		head += "i=Speech\r\n"
		rest = "b=AS:80\r\nb=TIAS:64000\r\nb=RS:800\r\nb=RR:2400\r\n" + rest
	}
	if p.OmitsKeyPadding {
		rest = withoutPadding(rest)
	}
	return head + rest + s.streamAttributes(port, isOffer, rest)
}

// streamAttributes returns the attributes that are added to a stream with that port and those lines.
func (s *session) streamAttributes(port int, isOffer bool, lines string) string {
	p := &s.peculiar
	var added strings.Builder
	if p.ExtendsSDP {
		added.WriteString("a=x-device:1; a=2\r\na=label:1\r\na=mid:one\r\na=silenceSupp:off - - - -\r\na=maxptime:60\r\n" +
			"a=rtcp-xr:voip-metrics\r\na=lang:en\r\na=recvonly-hint\r\n")
	}
	if p.DirectsSession && !strings.Contains(lines, "a=inactive") && !strings.Contains(lines, "only\r\n") {
		added.WriteString("a=sendrecv\r\n")
	}
	if p.NamesRTCPPort {
		fmt.Fprintf(&added, "a=rtcp:%d IN %s %s\r\n", port+1, s.family(), s.setup.Address)
	}
	if p.OffersRTCPMux && isOffer {
		added.WriteString("a=rtcp-mux\r\n")
	}
	if p.OffersICE && isOffer {
		added.WriteString("a=ice-ufrag:8hhY\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\n")
		for component := range 2 {
			fmt.Fprintf(&added, "a=candidate:1 %d UDP %d %s %d typ host\r\n", component+1, 2130706431-component, s.setup.Address, port+component)
		}
	}
	return added.String()
}

// withoutPadding removes the padding of the keys in a=crypto.
func withoutPadding(text string) string {
	lines := strings.SplitAfter(text, "\r\n")
	for i, line := range lines {
		if key := inlineKey(strings.TrimRight(line, "\r\n")); strings.HasPrefix(line, "a=crypto:") {
			lines[i] = strings.Replace(line, key, strings.TrimRight(key, "="), 1)
		}
	}
	return strings.Join(lines, "")
}
