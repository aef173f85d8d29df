package edge

import (
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// offered returns the facts about the audio that an INVITE offers.
func (e *Edge) offered(request *sipwire.Message) (media, crypto string) {
	if len(request.Body) == 0 {
		return "empty", "none"
	}
	session, err := sdp.Of(request)
	if err != nil || len(session.Media) == 0 {
		return "bad", "none"
	}
	var clear, secure, opportunistic bool
	crypto = "none"
	for i := range session.Media {
		m := &session.Media[i]
		if m.Type != "audio" || m.Port == 0 {
			continue
		}
		attributes := m.Values("crypto")
		switch {
		case secureMediaProfile(m.Proto):
			secure = true
			if crypto != "acceptable" { // one acceptable stream is enough
				crypto = e.judgeCrypto(attributes)
			}
		case clearMediaProfile(m.Proto) && len(attributes) > 0:
			opportunistic = true
		case clearMediaProfile(m.Proto):
			clear = true
		}
	}
	switch {
	case secure && (clear || opportunistic):
		return "both", crypto
	case secure:
		return "srtp", crypto
	case opportunistic:
		return "opportunistic", crypto
	case clear:
		return "rtp", crypto
	default:
		return "other", crypto
	}
}

// secureMediaProfile and clearMediaProfile tell whether a media profile, the
// protocol of an m= line, is SRTP keyed by SDES, or RTP. Others are neither.
func secureMediaProfile(proto string) bool { return proto == "RTP/SAVP" || proto == "RTP/SAVPF" }

func clearMediaProfile(proto string) bool { return proto == "RTP/AVP" || proto == "RTP/AVPF" }

// fits tells whether a media profile is that of a secure call, or of one in
// clear.
func fits(proto string, secure bool) bool {
	if secure {
		return secureMediaProfile(proto)
	}
	return clearMediaProfile(proto)
}

// judgeCrypto is the fact about the crypto attributes of a stream.
func (e *Edge) judgeCrypto(attributes []string) string {
	if _, ok := e.choose(attributes); ok {
		return "acceptable"
	}
	for _, value := range attributes {
		if a, err := sdes.Parse(value); err == nil && a.HasMKI() {
			return "mki"
		}
	}
	return "unsupported"
}

// choose picks the first attribute of an offer that the vendor takes (TW-SRTP-10).
func (e *Edge) choose(attributes []string) (sdes.Attribute, bool) {
	results, err := sdes.ParseMedia(attributes)
	if err != nil {
		return sdes.Attribute{}, false
	}
	suites := e.suites(e.product.Answer.SuitesBy, e.product.Answer.Suites)
	return sdes.Choose(sdes.Valid(results), suites, e.setting(vendor.MKI) == vendor.Ignored)
}
