package media

import (
	"bytes"
	"slices"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/srtp"
)

// The diagnoses of a BadTag, besides [observation.NotEncrypted] and [observation.PreviousKey], which packets that
// authenticate can have too. Each is one mistake of a sender that is right otherwise.
const (
	// RolloverCounter: Got is the rollover counter under which the packet authenticates, Want the one that its
	// stream has come to (RFC 3711 §3.3.1).
	RolloverCounter observation.Diagnosis = "rollover-counter"
	// NoRollover: the tag does not cover the rollover counter (RFC 3711 §4.2).
	NoRollover observation.Diagnosis = "rollover-left-out"
	// TagLength: the tag has Got bytes instead of Want.
	TagLength observation.Diagnosis = "tag-length"
	// NoTag: encrypted with the right key, but without a tag, as with UNAUTHENTICATED_SRTP.
	NoTag observation.Diagnosis = "no-tag"
	// StrayMKI: Got bytes of an MKI, where none was declared.
	StrayMKI observation.Diagnosis = "stray-mki"
	// MissingMKI: right, except that the declared MKI of Want bytes is missing.
	MissingMKI observation.Diagnosis = "mki-missing"
	// UnknownMKI: an MKI of the declared length with another value.
	UnknownMKI observation.Diagnosis = "mki-value"
	// MKILength: an MKI of Got bytes instead of Want.
	MKILength observation.Diagnosis = "mki-length"
	// MisplacedMKI: an MKI of Got bytes on the other side of the tag.
	MisplacedMKI observation.Diagnosis = "mki-misplaced"
	// CoveredMKI: the declared MKI, but the tag covers it (RFC 3711 §3.1). If none is declared, it is payload.
	CoveredMKI observation.Diagnosis = "mki-covered"
	// OtherDirection: the peer protects with a key that we have sent.
	OtherDirection observation.Diagnosis = "key-of-the-peer"
	// OtherAttribute: the peer protects with the key of another attribute of its own, or of another line.
	OtherAttribute observation.Diagnosis = "key-of-another-attribute"
	// OtherCall: the peer protects with a key from another call.
	OtherCall observation.Diagnosis = "key-of-another-call"
	// HalfKey: the peer uses the first half of the master key, with the salt, as under AES_CM_128.
	HalfKey observation.Diagnosis = "half-of-the-key"
	// SwappedKey: the peer takes the salt to stand before the key.
	SwappedKey observation.Diagnosis = "salt-before-key"
	// NoDerivation: session keys that were derived once, although a key derivation rate was declared.
	NoDerivation observation.Diagnosis = "derived-once"
	// OtherSuite: the right key under another suite.
	OtherSuite observation.Diagnosis = "another-suite"
	// UnknownKey: none of the above. The key is none that was offered.
	UnknownKey observation.Diagnosis = "unknown-key"
	// NoKey: protected, but no key was agreed or the session never started.
	NoKey observation.Diagnosis = "no-key"
)

// finding is a diagnosis with its numbers.
type finding struct {
	diagnosis observation.Diagnosis
	got, want int
}

// tagLengths are those of all suites, and what is left of an HMAC-SHA1 that is not cut.
var tagLengths = []int{4, 8, 10, 16, 20}

// mostStrays is how many keys that are not the agreed ones are tried.
const mostStrays = 64

// trial is a key with which a packet is tried.
type trial struct {
	diagnosis observation.Diagnosis
	engine    *srtp.Key
	mki       []byte
}

// suspects are what is tried on a packet that did not open.
type suspects struct {
	agreed *opener
	others []trial
}

// newSuspects returns the suspects of a session: own is the keying that we send with and previous the peer's before the
// last update, nil if there is none.
func newSuspects(agreed *opener, own, previous *params, strays []Stray) suspects {
	s := suspects{agreed: agreed}
	s.addParams(OtherDirection, own)
	s.addParams(observation.PreviousKey, previous)
	for _, stray := range strays {
		if p, err := stray.Keying.check(); err == nil && !p.equal(agreed.params) {
			s.addParams(stray.Origin, p)
		}
	}
	for _, k := range agreed.keys() {
		if agreed.Rate != 0 {
			s.add(NoDerivation, agreed.Suite, k.Material, agreed.mki())
		}
		for _, m := range misread(agreed.suite, k) {
			s.add(m.diagnosis, m.suite, m.material, agreed.mki())
		}
	}
	return s
}

func (s *suspects) addParams(d observation.Diagnosis, p *params) {
	if p == nil {
		return
	}
	for _, k := range p.keys() {
		s.add(d, p.Suite, k.Material, p.mki())
	}
}

func (s *suspects) add(d observation.Diagnosis, suite string, material, mki []byte) {
	if len(s.others) == mostStrays {
		return
	}
	if k, err := srtp.New(suite, material); err == nil {
		s.others = append(s.others, trial{d, k, mki})
	}
}

// reading is key material as a device may misunderstand it.
type reading struct {
	diagnosis observation.Diagnosis
	suite     string
	material  []byte
}

// misread returns the ways to misunderstand a key of a suite.
func misread(suite sdes.Suite, k sdes.Key) []reading {
	m, salt := k.Material, suite.MasterSalt
	readings := []reading{{SwappedKey, suite.Name, slices.Concat(m[salt:], m[:salt])}}
	for _, name := range sdes.SuiteNames() {
		other, _ := sdes.LookupSuite(name)
		switch {
		case name == suite.Name, !other.Registered:
		case other.MasterKey*2 == suite.MasterKey && other.MasterSalt == salt:
			readings = append(readings, reading{HalfKey, name, slices.Concat(m[:other.MasterKey], m[suite.MasterKey:])})
		}
		if name != suite.Name && other.Registered && other.KeySalt() <= len(m) && other.MasterKey == suite.MasterKey {
			readings = append(readings, reading{OtherSuite, name, m[:other.KeySalt()]})
		}
	}
	return readings
}

// opens reports whether a packet opens under a key in a form.
type opens func(k *srtp.Key, f srtp.Form) bool

// rtp returns what is wrong with an SRTP packet; the zero finding if nothing that is known. want is the rollover counter
// that its stream has come to.
func (s suspects) rtp(packet []byte, h header, want uint32) finding {
	under := func(counter uint32) opens {
		return func(k *srtp.Key, f srtp.Form) bool {
			_, ok := k.OpenRTP(packet, counter, f)
			return ok
		}
	}
	o, tag := s.agreed, s.agreed.suite.TagRTP
	for _, k := range o.engines {
		usual := srtp.Form{Tag: tag, MKI: o.mki()}
		for _, counter := range []uint32{0, 1, want - 1, want + 1} {
			if counter != want && under(counter)(k, usual) {
				return finding{RolloverCounter, int(counter), int(want)}
			}
		}
		without := usual
		without.NoRollover = true
		if !k.AEAD() && under(want)(k, without) {
			return finding{diagnosis: NoRollover}
		}
		plain := usual
		plain.Plain = true
		if k.AEAD() && under(want)(k, plain) {
			return finding{diagnosis: observation.NotEncrypted}
		}
		if found := misformed(packet, k, o.mki(), tag, under(want)); found != (finding{}) {
			return found
		}
		if payload := packet[h.length:]; wholeFrames(h.payloadType, payload) {
			if plain, ok := k.OpenRTP(packet, want, srtp.Form{}); ok && !looksRandom(plain[h.length:]) {
				return finding{diagnosis: NoTag}
			}
		}
	}
	return s.underOther(func(k *srtp.Key, mki []byte) bool {
		f := srtp.Form{Tag: k.Suite().TagRTP, MKI: mki}
		return under(want)(k, f) || want != 0 && under(0)(k, f)
	})
}

// rtcp returns what is wrong with an SRTCP packet; the zero finding if nothing that is known.
func (s suspects) rtcp(packet []byte) finding {
	try := func(k *srtp.Key, f srtp.Form) bool {
		_, ok := k.OpenRTCP(packet, f)
		return ok
	}
	o := s.agreed
	for _, k := range o.engines {
		if found := misformed(packet, k, o.mki(), o.suite.TagRTCP, try); found != (finding{}) {
			return found
		}
		if r, ok := k.OpenRTCP(packet, srtp.Form{}); ok && r.Encrypted {
			if _, is := parseRTCP(r.Plain); is {
				return finding{diagnosis: NoTag}
			}
		}
	}
	return s.underOther(func(k *srtp.Key, mki []byte) bool { return try(k, srtp.Form{Tag: k.Suite().TagRTCP, MKI: mki}) })
}

// underOther tries the keys that are not the agreed ones, with their MKI, with the agreed one and without.
func (s suspects) underOther(opens func(k *srtp.Key, mki []byte) bool) finding {
	agreed := s.agreed.mki()
	for _, t := range s.others {
		if opens(t.engine, nil) || t.mki != nil && opens(t.engine, t.mki) || agreed != nil && opens(t.engine, agreed) {
			return finding{diagnosis: t.diagnosis}
		}
	}
	return finding{}
}

// misformed looks for a tag of another length, and for an MKI of another length or in another place than declared.
func misformed(packet []byte, k *srtp.Key, mki []byte, tag int, opens opens) finding {
	for _, n := range tagLengths {
		if n != tag && !(k.AEAD() && n > tag) && opens(k, srtp.Form{Tag: n, MKI: mki}) {
			return finding{TagLength, n, tag}
		}
	}
	if len(mki) > 0 && opens(k, srtp.Form{Tag: tag}) {
		if end := len(packet) - tag; bytes.HasSuffix(packet[:end], mki) {
			return finding{CoveredMKI, len(mki), len(mki)} // what is covered opens as if it were payload
		}
		return finding{MissingMKI, 0, len(mki)}
	}
	var blank [maxMKI]byte // only its length counts
	for _, at := range []srtp.Place{srtp.Usual, srtp.Misplaced} {
		for n := 1; n <= maxMKI; n++ {
			if !opens(k, srtp.Form{Tag: tag, MKI: blank[:n], At: at}) {
				continue
			}
			switch {
			case at == srtp.Misplaced:
				return finding{MisplacedMKI, n, len(mki)}
			case len(mki) == 0:
				return finding{StrayMKI, n, 0}
			case len(mki) == n:
				return finding{diagnosis: UnknownMKI}
			}
			return finding{MKILength, n, len(mki)}
		}
	}
	return finding{}
}
