package media

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/pion/rtp"
	pion "github.com/pion/srtp/v2"

	"github.com/sipconform/sipconform/mocks/srtp"
)

// opener opens what a peer protects with one keying. Two implementations of SRTP have to agree on every packet: package
// srtp, which is asked first, and pion's.
type opener struct {
	params
	engines []*srtp.Key   // in the order of params.keys
	names   []string      // their fingerprints
	second  *pion.Context // nil where that library cannot
	fed     int           // packets that it has seen
	header  rtp.Header    // that it has read last
	theirs  []byte        // that it has opened last
	streams indexes
	before  indexes // those of the keying that this one replaced
	// disagree is told when the implementations do not agree.
	disagree func(string)
}

// newOpener returns an opener for p; before is the one that it replaces, or nil.
func newOpener(p params, before *opener, disagree func(string)) (*opener, error) {
	engines, err := p.engines()
	if err != nil {
		return nil, err
	}
	o := &opener{params: p, engines: engines, streams: make(indexes), disagree: disagree}
	for _, k := range p.keys() {
		o.names = append(o.names, Fingerprint(k.Material))
	}
	if before != nil {
		o.before = before.streams
	}
	o.second, err = p.second()
	return o, err
}

// profiles are the media profiles of pion's library by crypto-suite.
var profiles = map[string]pion.ProtectionProfile{
	"AES_CM_128_HMAC_SHA1_80": pion.ProtectionProfileAes128CmHmacSha1_80,
	"AES_CM_128_HMAC_SHA1_32": pion.ProtectionProfileAes128CmHmacSha1_32,
	"AES_256_CM_HMAC_SHA1_80": pion.ProtectionProfileAes256CmHmacSha1_80,
	"AES_256_CM_HMAC_SHA1_32": pion.ProtectionProfileAes256CmHmacSha1_32,
	"AEAD_AES_128_GCM":        pion.ProtectionProfileAeadAes128Gcm,
	"AEAD_AES_256_GCM":        pion.ProtectionProfileAeadAes256Gcm,
}

// second returns the other implementation's context for all keys, nil if it lacks the suite, or the rate of its derivation.
func (p params) second() (*pion.Context, error) {
	profile, has := profiles[p.Suite]
	if !has || p.Rate != 0 {
		return nil, nil
	}
	var options []pion.ContextOption
	if p.Key.HasMKI {
		options = append(options, pion.MasterKeyIndicator(p.Key.MKI))
	}
	salt := p.suite.MasterKey
	c, err := pion.CreateContext(p.Key.Material[:salt], p.Key.Material[salt:], profile, options...)
	for _, k := range p.Others {
		if err == nil {
			err = c.AddCipherForMKI(k.MKI, k.Material[:salt], k.Material[salt:])
		}
	}
	if err != nil {
		return nil, errors.New("media: the SRTP library refuses the keys") // its own error may contain them
	}
	return c, nil
}

// maxFed is how many packets pion's context sees before another one takes its place. It keeps each SSRC, whether its packets
// authenticate or not, and nothing else that the next packet needs.
const maxFed = 1 << 14

// renew bounds what pion's context keeps.
func (o *opener) renew() {
	if o.fed++; o.second == nil || o.fed < maxFed {
		return
	}
	if next, err := o.params.second(); err == nil {
		o.second, o.fed = next, 0
	}
}

// opened is a packet that has authenticated.
type opened struct {
	plain     []byte
	key       string // fingerprint
	rollover  uint32 // of SRTP
	index     uint32 // of SRTCP
	encrypted bool   // the E bit of SRTCP
}

// lostAtMost is how many packets of a stream a network may lose before the first that comes: a second of audio.
const lostAtMost = 50

// counters are the rollover counters that the next packet of a stream may have. A stream that has begun goes on as RFC
// 3711 §3.3.1 says, and another begins with 0, or has wrapped if its first packets may be lost. After a new master key
// a sender may also go on counting: RFC 3711 §3.3.1 wants that, but RFC 4568 §6.4 has a new cryptographic context begin
// anew.
func (o *opener) counters(h header) []uint32 {
	if highest, begun := o.streams[h.ssrc]; begun {
		return []uint32{rollover(highest, h.sequence)}
	}
	if highest, kept := o.before[h.ssrc]; kept {
		if counter := rollover(highest, h.sequence); counter != 0 {
			return []uint32{counter, 0}
		}
	}
	if h.sequence < lostAtMost {
		return []uint32{0, 1}
	}
	return []uint32{0}
}

// openRTP authenticates and decrypts a packet of SRTP.
func (o *opener) openRTP(packet []byte, h header) (opened, bool) {
	for _, counter := range o.counters(h) {
		if p, ok := o.openUnder(packet, h, counter); ok {
			o.streams.note(h.ssrc, counter, h.sequence)
			return p, true
		}
	}
	return opened{}, false
}

func (o *opener) openUnder(packet []byte, h header, counter uint32) (opened, bool) {
	i, form := 0, srtp.Form{Tag: o.suite.TagRTP, MKI: o.mki()}
	var plain []byte
	ok := o.identified(packet, form.Tag, &i)
	if ok {
		plain, ok = o.engines[i].OpenRTP(packet, counter, form)
	}
	o.renew()
	if o.second != nil {
		// A packet whose header the library does not read says nothing about its SRTP.
		if n, err := o.header.Unmarshal(packet); err == nil && n == h.length {
			o.second.SetROC(h.ssrc, counter)
			theirs, err := o.second.DecryptRTP(o.theirs[:0], packet, &o.header)
			if o.compare("SRTP", ok, err == nil, plain, theirs); err == nil {
				o.theirs = theirs
			}
		}
	}
	return opened{plain: plain, key: o.names[i], rollover: counter}, ok
}

// openRTCP authenticates and decrypts a compound packet of SRTCP.
func (o *opener) openRTCP(packet []byte) (opened, bool) {
	i, form := 0, srtp.Form{Tag: o.suite.TagRTCP, MKI: o.mki()}
	var r srtp.Report
	ok := o.identified(packet, form.Tag, &i)
	if ok {
		r, ok = o.engines[i].OpenRTCP(packet, form)
	}
	o.renew()
	if o.second != nil {
		theirs, err := o.second.DecryptRTCP(nil, packet, nil)
		o.compare("SRTCP", ok, err == nil, r.Plain, theirs)
	}
	return opened{plain: r.Plain, key: o.names[i], index: r.Index, encrypted: r.Encrypted}, ok
}

// identified finds the key whose MKI a packet has before a tag of that length, or at its end in AEAD suites. Without
// MKIs it is the first.
func (o *opener) identified(packet []byte, tag int, i *int) bool {
	if !o.Key.HasMKI {
		return true
	}
	end := len(packet) - tag
	if o.engines[0].AEAD() {
		end = len(packet)
	}
	if end < len(o.Key.MKI) {
		return false
	}
	mki := packet[end-len(o.Key.MKI) : end]
	for n, k := range o.keys() {
		if bytes.Equal(k.MKI, mki) {
			*i = n
			return true
		}
	}
	return false
}

// compare reports a packet on which the implementations do not agree.
func (o *opener) compare(what string, ours, theirs bool, plain, other []byte) {
	if ours != theirs || ours && !bytes.Equal(plain, other) {
		o.disagree(fmt.Sprintf("on a packet of %s under %s: the RFCs' implementation opens it: %v, the library: %v", what, o.Suite, ours, theirs))
	}
}
