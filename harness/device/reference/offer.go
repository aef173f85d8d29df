package reference

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// Media profiles (RFC 3551, RFC 3711, RFC 5124).
const (
	avp   = "RTP/AVP"
	savp  = "RTP/SAVP"
	savpf = "RTP/SAVPF"
)

// mediaProfile returns the media profile that the device offers and accepts over a link: the one that the lever sets, or
// else secure media if the protocol keeps the keys secret. Clear overrules both.
func (s *session) mediaProfile(l *link, clear bool) device.Media {
	told := s.setup.Levers.Media
	switch {
	case clear:
		return device.RTP
	case s.bugs.RefusesClearMedia && told == device.RTP:
		return device.SRTP
	case told != device.MediaDefault:
		return told
	case s.peculiar.HasNullCipher && l.readable():
		return device.RTP
	case isSecure(l.protocol) || s.bugs.OffersKeysInClear:
		return device.SRTP
	default:
		return device.RTP
	}
}

// offer is a session description of the device that waits for its answer.
type offer struct {
	call    *call
	lines   []offerLine
	version uint64
	late    bool // in the answer to an INVITE that has none
	nowhere bool // the address 0.0.0.0, for HoldsWithoutAddress
}

// offerLine is a media line of an offer.
type offerLine struct {
	proto    string
	endpoint *endpoint
	hold     sdp.Direction // "" in a call that is not on hold
	crypto   []sdes.Attribute
	optional bool // an answer without a=crypto is plain RTP (RFC 8643)
}

// agreement is a stream that offer and answer agree on.
type agreement struct {
	endpoint  *endpoint
	flow      flow
	own, peer *sdes.Attribute // nil for clear media
}

// newOffer creates an offer, with endpoints of the call and fresh keys.
func (c *call) newOffer(profile device.Media) (*offer, error) {
	var lines []offerLine
	switch profile {
	case device.RTP:
		lines = []offerLine{{proto: avp}}
	case device.Opportunistic:
		lines = []offerLine{{proto: avp, optional: true}}
	case device.Both:
		lines = []offerLine{{proto: savp}, {proto: avp}}
	default:
		lines = []offerLine{{proto: savp}}
	}
	for i := range lines {
		var err error
		if lines[i].endpoint, err = c.endpoint(i); err != nil {
			return nil, err
		}
		if lines[i].proto == savp || lines[i].optional {
			if lines[i].crypto, err = c.session.offerCrypto(); err != nil {
				return nil, err
			}
		}
	}
	return &offer{call: c, lines: lines, version: c.nextVersion()}, nil
}

// offerCrypto returns an attribute for each suite, with tags from 1.
func (s *session) offerCrypto() ([]sdes.Attribute, error) {
	attributes, err := s.rareCrypto()
	if err != nil {
		return nil, err
	}
	for _, suite := range s.suites() {
		key, err := s.newKey(suite)
		if err != nil {
			return nil, err
		}
		if s.mki() || s.bugs.OffersOnlyMKI {
			key.HasMKI, key.MKI, key.MKILength = true, []byte{0, 0, 0, 1}, 4
		}
		key.LifetimeText = s.setup.Levers.Lifetime
		switch {
		case key.LifetimeText != "":
		case s.peculiar.OffersLifetimes:
			key.LifetimeText = longLifetime
		case s.peculiar.OffersDecimalLifetimes:
			key.LifetimeText = "2147483648"
		}
		attributes = append(attributes, sdes.Attribute{Suite: suite, Keys: []sdes.Key{key}, Params: s.hints()})
	}
	for i := range attributes {
		a := &attributes[i]
		a.Tag = i + 1
		switch {
		case s.bugs.OffersDuplicateTags:
			a.Tag = 1
		case s.peculiar.NumbersKeysHigh:
			a.Tag = 999999001 - i
		case s.peculiar.WritesTagsWithZeros:
			a.TagText = fmt.Sprintf("%03d", a.Tag)
		}
	}
	return attributes, nil
}

// marshal returns the session description.
func (o *offer) marshal() ([]byte, error) {
	var streams []sdp.Stream
	for _, line := range o.lines {
		stream := sdp.Stream{
			Port: line.endpoint.port(), Proto: line.proto, Formats: o.call.session.formats(),
			PacketTime: int(o.call.session.peculiar.packet() / time.Millisecond), Direction: line.hold,
		}
		for _, a := range line.crypto {
			stream.Crypto = append(stream.Crypto, a.String())
		}
		streams = append(streams, stream)
	}
	return o.call.describeAt(o.connection(), o.version, streams, true)
}

// describe returns a session description of the device with these streams.
func (c *call) describe(version uint64, streams []sdp.Stream, isOffer bool) ([]byte, error) {
	return c.describeAt(c.session.setup.Address, version, streams, isOffer)
}

// describeAt is [call.describe] with another address for the media.
func (c *call) describeAt(connection netip.Addr, version uint64, streams []sdp.Stream, isOffer bool) ([]byte, error) {
	raw, err := sdp.Description{
		SessionID: 1, SessionVersion: version, Name: c.session.options.Name,
		Address: c.session.setup.Address, Connection: connection, Streams: streams,
	}.Marshal()
	if err != nil {
		return nil, err
	}
	return c.session.rewrite(raw, isOffer), nil
}

// nextVersion returns the version for the call's next session description (RFC 3264 §8).
func (c *call) nextVersion() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version++
	return c.version
}

// check reads the answer to the offer by RFC 3264 §6 and, for keys, RFC 4568 §7.1.3. An error means that the call has to
// end.
func (o *offer) check(body []byte) ([]agreement, error) {
	answer, err := sdp.Parse(body)
	if err != nil {
		return nil, err
	}
	offered := len(o.lines)
	s := o.call.session
	video := len(o.lines[0].crypto) > 0 && (s.peculiar.OffersVideo || s.bugs.SharesKeyAmongStreams)
	if s.peculiar.OffersRefusedVideo || video {
		offered++
	}
	if len(answer.Media) != offered {
		return nil, fmt.Errorf("%d streams in the answer, %d in the offer", len(answer.Media), offered)
	}
	var agreements []agreement
	for i := range o.lines {
		m := &answer.Media[i]
		if m.Port == 0 {
			continue
		}
		a, err := o.checkLine(&o.lines[i], answer, m)
		if err != nil {
			return nil, err
		}
		agreements = append(agreements, a)
	}
	if len(agreements) == 0 {
		return nil, errors.New("every stream is rejected")
	}
	return agreements, nil
}

// checkLine reads one media line of the answer.
func (o *offer) checkLine(line *offerLine, answer *sdp.Session, m *sdp.Media) (agreement, error) {
	s := o.call.session
	a := agreement{endpoint: line.endpoint}
	var ok bool
	if a.flow, ok = flowOf(answer, m); !ok {
		return a, errors.New("the answer has no format in common with the offer, or no address")
	}
	if s.bugs.SendsWhileHolding && line.hold != "" {
		a.flow.direction = sdp.SendRecv
	}
	if _, mux := m.Value("rtcp-mux"); mux && s.peculiar.OffersRTCPMux {
		a.flow.rtcp = a.flow.rtp
	}
	crypto := m.Values("crypto")
	switch {
	case m.Proto != line.proto && m.Proto == avp && s.bugs.AcceptsClearAnswer:
		return a, nil
	case m.Proto == savp && len(crypto) == 0 && s.bugs.AcceptsAnswerWithoutKey:
		return a, nil
	case m.Proto != line.proto:
		return a, fmt.Errorf("%s in answer to %s", m.Proto, line.proto)
	case len(line.crypto) == 0, line.optional && len(crypto) == 0:
		return a, nil
	}
	own, peer, err := s.checkCrypto(line.crypto, crypto)
	if err != nil {
		return a, err
	}
	a.own, a.peer = &own, &peer
	a.flow.send, a.flow.receive = keyingOf(own), keyingOf(peer)
	if line.optional && s.bugs.ForgetsOpportunisticKey {
		a.flow.send = nil
	}
	if o.late && s.bugs.MishearsLateAnswers {
		a.flow.receive = a.flow.send
	}
	if s.bugs.SendsUnderOtherAttribute {
		i := slices.IndexFunc(line.crypto, func(other sdes.Attribute) bool { return other.Tag != own.Tag })
		a.flow.send = keyingOf(line.crypto[max(i, 0)])
	}
	return a, nil
}

// checkCrypto returns the attributes that were agreed on: the device's own from the offer and the peer's from the answer.
func (s *session) checkCrypto(offered []sdes.Attribute, values []string) (own, peer sdes.Attribute, err error) {
	results, err := sdes.ParseMedia(values)
	if err != nil {
		return own, peer, err
	}
	if s.bugs.AcceptsSeveralAnswers && len(results) > 1 {
		results = results[:1]
	}
	if s.bugs.AcceptsAnswerWithWrongTag && len(results) == 1 {
		if i := slices.IndexFunc(offered, func(o sdes.Attribute) bool { return o.Suite == results[0].Attribute.Suite }); i >= 0 {
			results[0].Attribute.Tag = offered[i].Tag
		}
	}
	if s.bugs.AcceptsUnencryptedAnswer && len(results) == 1 {
		results[0].Attribute.Params = nil
	}
	peer, err = sdes.CheckAnswer(offered, results)
	if sdes.CauseOf(err) == sdes.SuiteNotOfferedForTag && s.bugs.AcceptsAnswerWithOtherSuite {
		peer, err = results[0].Attribute, nil
	}
	switch {
	case err != nil:
		return own, peer, err
	case s.bugs.RequiresTagOne && peer.Tag != 1:
		return own, peer, errors.New("the tag is not 1")
	case peer.HasMKI() && !s.mki():
		return own, peer, errors.New("the answerer's key has an MKI")
	case protections[peer.Suite] == 0:
		return own, peer, fmt.Errorf("the suite %s is not supported", peer.Suite)
	}
	i := slices.IndexFunc(offered, func(o sdes.Attribute) bool { return o.Tag == peer.Tag })
	return offered[i], peer, nil
}

// flowOf returns where and how the peer wants its packets. It returns false if there is no common format, or no address.
func flowOf(session *sdp.Session, m *sdp.Media) (flow, bool) {
	f := flow{direction: session.Direction(m).Reverse()}
	i := slices.IndexFunc(m.Formats, func(name string) bool { return name == sdp.PCMU.Name || name == sdp.PCMA.Name })
	if i < 0 {
		return f, false
	}
	if m.Formats[i] == sdp.PCMA.Name {
		f.payloadType = 8
	}
	f.events = eventsOf(m)
	var ok bool
	if f.rtp, ok = session.RTP(m); !ok {
		return f, false
	}
	f.rtcp, _ = session.RTCP(m, false) // the device never agrees to multiplex
	return f, true
}
