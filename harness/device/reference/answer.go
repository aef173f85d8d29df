package reference

import (
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// answer reads the peer's offer, stores in c.agreed what is agreed, and returns the device's answer. It does not start the
// media. If it returns an error, which may be a [*refusal], it has changed nothing.
func (c *call) answer(body []byte) ([]byte, error) {
	offered, err := sdp.Parse(body)
	if err != nil {
		return nil, &refusal{400, err.Error()}
	}
	index, a, err := c.choose(offered)
	if err != nil && c.session.peculiar.RefusesByPort && !c.agreedBefore() {
		return c.describe(c.nextVersion(), sdp.Answer(offered, nil), false)
	}
	if err != nil {
		return nil, err
	}
	if c.session.bugs.RefusesPlainCalls && a.own == nil {
		return nil, &refusal{488, "RTP"}
	}
	if c.session.bugs.RefusesPartly && len(offered.Media) > 1 {
		return nil, &refusal{488, "more than one stream"}
	}
	stream := sdp.Stream{
		Port: a.endpoint.port(), Proto: offered.Media[index].Proto, PacketTime: int(c.session.peculiar.packet() / time.Millisecond),
		Formats: c.session.answerFormats(&offered.Media[index]),
	}
	if a.flow.direction != sdp.SendRecv {
		stream.Direction = a.flow.direction
	}
	if s := c.session; s.multiplexes(&offered.Media[index]) {
		stream.Attributes = append(stream.Attributes, sdp.Attribute{Name: "rtcp-mux"})
		if !s.bugs.MultiplexesInVain {
			a.flow.rtcp = a.flow.rtp
		}
	}
	if a.own != nil {
		stream.Crypto = c.session.answerCrypto(*a.own, *a.peer)
	}
	if c.session.bugs.AnswersClearToSecure && stream.Crypto != nil {
		stream.Proto, stream.Crypto = avp, nil
		a.flow.send, a.flow.receive = nil, nil
	}
	if c.session.bugs.AnswersSecureToClear && stream.Crypto == nil {
		stream.Proto = savp
	}
	accepted := map[int]sdp.Stream{index: stream}
	if err := c.takeFurther(offered, accepted); err != nil {
		return nil, err
	}
	streams := sdp.Answer(offered, accepted)
	if c.session.bugs.AnswersInOtherOrder {
		slices.Reverse(streams)
	}
	raw, err := c.describe(c.nextVersion(), streams, false)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.agreed = &a
	c.mu.Unlock()
	return raw, nil
}

// takeFurther accepts one more stream of audio than those that are accepted, to hear and not to speak.
func (c *call) takeFurther(offered *sdp.Session, accepted map[int]sdp.Stream) error {
	s := c.session
	if !s.peculiar.TakesBothLines && !s.bugs.ForgetsSecondKey {
		return nil
	}
	for i := range offered.Media {
		m := &offered.Media[i]
		var a agreement
		if _, taken := accepted[i]; taken || m.Type != "audio" || m.Port == 0 || m.Proto != savp || !c.agreeOnKeys(&a, m, nil) {
			continue
		}
		e, err := c.endpoint(1)
		if err != nil {
			return err
		}
		stream := sdp.Stream{Port: e.port(), Proto: m.Proto, Formats: s.answerFormats(m), Direction: sdp.RecvOnly}
		if !s.bugs.ForgetsSecondKey {
			stream.Crypto = s.answerCrypto(*a.own, *a.peer)
		}
		accepted[i] = stream
		return nil
	}
	return nil
}

// choose returns the first stream of an offer that the device accepts, and its index.
func (c *call) choose(offered *sdp.Session) (int, agreement, error) {
	s := c.session
	profile := s.mediaProfile(c.link, false)
	c.mu.Lock()
	previous := c.agreed
	c.mu.Unlock()
	for i := range offered.Media {
		m := &offered.Media[i]
		if m.Type != "audio" || m.Port == 0 {
			continue
		}
		f, ok := flowOf(offered, m)
		if !ok {
			continue
		}
		s.prefer(&f, m)
		s.stiffen(&f)
		a := agreement{flow: f}
		clear := takesClear(profile, m) || (s.bugs.AcceptsClearOffer || s.bugs.AnswersSecureToClear) && m.Proto == avp ||
			s.bugs.AcceptsKeylessOffer && m.Proto == savp && len(m.Values("crypto")) == 0
		if !clear {
			opportunistic := s.takesOpportunistic(profile, m)
			if !opportunistic && !takesSecure(profile, m) || !c.agreeOnKeys(&a, m, previous) {
				continue
			}
			if opportunistic && s.bugs.ForgetsOpportunisticKey {
				a.flow.send = nil
			}
		}
		if err := c.move(i, a, previous); err != nil {
			return i, a, err
		}
		var err error
		a.endpoint, err = c.endpointFor(i)
		return i, a, err
	}
	return 0, agreement{}, &refusal{488, "no stream is acceptable: the device wants " + string(profile)}
}

// endpointFor returns the endpoint of a stream by its index in the peer's offer: the endpoint of that index if the device
// once offered several streams, otherwise its only one.
func (c *call) endpointFor(index int) (*endpoint, error) {
	c.mu.Lock()
	several := index < len(c.media)
	c.mu.Unlock()
	if !several {
		index = 0
	}
	return c.endpoint(index)
}

// takesClear tells whether a device with that media profile accepts a stream as plain RTP. Opportunistic accepts one that
// offers no keys (RFC 8643).
func takesClear(profile device.Media, m *sdp.Media) bool {
	switch profile {
	case device.RTP, device.Both:
		return m.Proto == avp
	case device.Opportunistic:
		return m.Proto == avp && len(m.Values("crypto")) == 0
	default:
		return false
	}
}

// takesSecure tells whether a device with that media profile accepts a stream as SRTP.
func takesSecure(profile device.Media, m *sdp.Media) bool {
	switch m.Proto {
	case savp, savpf:
		return profile != device.RTP
	case avp:
		return profile == device.Opportunistic
	default:
		return false
	}
}

// takesOpportunistic tells whether a device that is set to SRTP accepts a stream as opportunistic SRTP (RFC 8643) all the
// same.
func (s *session) takesOpportunistic(profile device.Media, m *sdp.Media) bool {
	takes := s.peculiar.AnswersOpportunistic || s.bugs.ForgetsOpportunisticKey
	return takes && profile == device.SRTP && m.Proto == avp && len(m.Values("crypto")) > 0
}

// agreeOnKeys chooses one of the keys of an offered stream and generates the device's own. If the offer repeats the key of
// the previous one, the device keeps its own key too (RFC 4568 §7.1.4).
func (c *call) agreeOnKeys(a *agreement, m *sdp.Media, previous *agreement) bool {
	s := c.session
	peer, ok := s.choose(m.Values("crypto"))
	if !ok {
		return false
	}
	own := sdes.Attribute{Tag: peer.Tag, TagText: peer.TagText, Suite: peer.Suite}
	if s.peculiar.HintsWindow {
		own.Params = s.hints()
	}
	if s.peculiar.DerivesKeysAnew || s.bugs.DerivesOnce {
		own.Params = append(own.Params, sdes.Param{Name: sdes.KDR, HasValue: true, Value: "1"})
	}
	if peer.Weakened() != nil {
		own.Params = peer.Params // AcceptsUnencryptedSRTP; the answer must repeat them
	}
	known := previous != nil && previous.peer != nil && previous.peer.Suite == peer.Suite
	if known && s.keepsKey(previous.peer.Keys[0].Equal(peer.Keys[0])) {
		own.Keys = previous.own.Keys
	} else {
		key, err := s.newKey(peer.Suite)
		if err != nil {
			return false
		}
		if peer.HasMKI() {
			key.HasMKI, key.MKI, key.MKILength = true, []byte{0, 0, 0, 1}, 4
		}
		if s.peculiar.AnswersLifetimes {
			key.LifetimeText = longLifetime
		}
		own.Keys = []sdes.Key{key}
	}
	if s.bugs.AnswersOfferedKey {
		own.Keys = peer.Keys[:1]
	}
	a.own, a.peer = &own, &peer
	a.flow.send, a.flow.receive = keyingOf(own), keyingOf(peer)
	if known && s.bugs.IgnoresNewKey {
		a.flow.receive = previous.flow.receive
	}
	if known && s.bugs.SendsUnderOldKey || previous != nil && !known && s.bugs.KeepsOldSuite {
		a.flow.send = previous.flow.send
	}
	return true
}

// answerCrypto returns the a=crypto of an answer.
func (s *session) answerCrypto(own, peer sdes.Attribute) []string {
	switch {
	case s.bugs.AnswersWrongTag:
		own.Tag, own.TagText = own.Tag%999999999+1, ""
	case s.bugs.AnswersTagOne:
		own.Tag, own.TagText = 1, ""
	case s.bugs.AnswersUnofferedSuite:
		own.Suite = otherSuite(peer.Suite)
	}
	attributes := []string{own.String()}
	if s.bugs.AnswersTwoKeys {
		own.Tag, own.TagText = own.Tag%999999999+1, ""
		attributes = append(attributes, own.String())
	}
	return attributes
}

// otherSuite returns another suite with keys of the same length.
func otherSuite(suite string) string {
	if suite == "AES_CM_128_HMAC_SHA1_80" {
		return "AES_CM_128_HMAC_SHA1_32"
	}
	return "AES_CM_128_HMAC_SHA1_80"
}

// commonFormats returns the formats of an offered stream that the device has, with the offerer's numbers and in its order.
func commonFormats(m *sdp.Media) []sdp.Format {
	speech := []sdp.Format{sdp.PCMU, sdp.PCMA}
	var common []sdp.Format
	for _, name := range m.Formats {
		if i := slices.IndexFunc(speech, func(f sdp.Format) bool { return f.Name == name }); i >= 0 {
			common = append(common, speech[i])
		}
		if slices.Contains(m.Values("rtpmap"), name+" "+sdp.DTMF.Map) {
			common = append(common, sdp.Format{Name: name, Map: sdp.DTMF.Map, FMTP: sdp.DTMF.FMTP})
		}
	}
	return common
}
