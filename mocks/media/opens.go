package media

import "github.com/sipconform/sipconform/mocks/srtp"

// Opens reports whether a packet of SRTP or SRTCP authenticates under one of the keys, with the key's MKI or without. It
// knows nothing of the packet's stream, which may be at its beginning or have wrapped once.
func (k *Keying) Opens(packet []byte) bool {
	p, err := k.check()
	if err != nil || p == nil {
		return false
	}
	engines, err := p.engines()
	if err != nil {
		return false
	}
	opens := engineOpensRTP
	if demux(packet) == kindRTCP {
		opens = engineOpensRTCP
	}
	for _, engine := range engines {
		if opens(engine, packet, nil) || p.mki() != nil && opens(engine, packet, p.mki()) {
			return true
		}
	}
	return false
}

func engineOpensRTP(k *srtp.Key, packet, mki []byte) bool {
	form := k.RTP()
	form.MKI = mki
	for counter := range uint32(2) {
		if _, ok := k.OpenRTP(packet, counter, form); ok {
			return true
		}
	}
	return false
}

func engineOpensRTCP(k *srtp.Key, packet, mki []byte) bool {
	form := k.RTCP()
	form.MKI = mki
	_, ok := k.OpenRTCP(packet, form)
	return ok
}
