package reference

import (
	"crypto/rand"
	"crypto/sha512"
	"fmt"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/sdes"
)

// newKey draws a master key and salt for a suite, or makes up what a device with a bug takes for one.
func (s *session) newKey(suite string) (sdes.Key, error) {
	key, err := sdes.NewKey(suite, rand.Reader)
	if err != nil {
		return key, err
	}
	known, _ := sdes.LookupSuite(suite)
	s.spoil(key.Material, known.MasterKey)
	return key, nil
}

// spoil overwrites a key as a bug says. The salt is what comes after length bytes.
func (s *session) spoil(material []byte, length int) {
	fill := func(part []byte, at func(i int) byte) {
		for i := range part {
			part[i] = at(i)
		}
	}
	drawn := slices.Clone(material)
	switch b := &s.bugs; {
	case b.SendsZeroKeys:
		clear(material)
	case b.SendsFilledKeys:
		fill(material, func(int) byte { return 0xff })
	case b.SendsTextKeys:
		fill(material, func(i int) byte { return 'a' + drawn[i]%26 })
	case b.SendsCountingKeys:
		fill(material, func(i int) byte { return drawn[0] + byte(i) })
	case b.SendsRepeatedBytes:
		fill(material, func(i int) byte { return drawn[i%8] })
	case b.SendsHalfKeys:
		clear(material[:len(material)/2])
	case b.SendsZeroSalts:
		clear(material[length:])
	case b.SaltsWithKey:
		copy(material[length:], material)
	case b.SendsOneKey:
		always := sha512.Sum512([]byte("the key of this firmware"))
		copy(material, always[:])
	}
}

// rareCrypto returns the attributes that the device offers before those that it wants: few peers take them. None has a tag yet.
func (s *session) rareCrypto() ([]sdes.Attribute, error) {
	var suites []string
	keys := 1
	switch {
	case len(s.setup.Levers.SRTPSuites) > 0:
	case s.peculiar.OffersRareSuites:
		suites = []string{"F8_128_HMAC_SHA1_80", "AES_192_CM_HMAC_SHA1_80", "AES_192_CM_HMAC_SHA1_32"}
	case s.peculiar.OffersUnregisteredSuites:
		suites = []string{
			"AEAD_AES_256_GCM_8", "AEAD_AES_128_GCM_8", "AES_CM_256_HMAC_SHA1_80", "AES_CM_192_HMAC_SHA1_80", "AES_CM_256_HMAC_SHA1_32",
		}
	case s.peculiar.OffersSeveralKeys:
		suites, keys = s.suites()[:1], 2
	}
	var attributes []sdes.Attribute
	for _, suite := range suites {
		a := sdes.Attribute{Suite: suite}
		for i := range keys {
			key := sdes.Key{Material: make([]byte, keyLengths[suite])}
			if keyLengths[suite] > 0 { // a name that package sdes does not know
				_, _ = rand.Read(key.Material)
			} else {
				var err error
				if key, err = s.newKey(suite); err != nil {
					return nil, err
				}
			}
			if keys > 1 {
				key.HasMKI, key.MKI, key.MKILength = true, []byte{0, byte(i + 1)}, 2
			}
			a.Keys = append(a.Keys, key)
		}
		attributes = append(attributes, a)
	}
	return attributes, nil
}

// keyLengths are those of unregistered suites, master salt included, as FreeSWITCH has them.
var keyLengths = map[string]int{"AEAD_AES_256_GCM_8": 44, "AEAD_AES_128_GCM_8": 28, "AES_CM_192_HMAC_SHA1_80": 38}

// further returns a video stream that the device offers after its audio, "" if it offers none. Audio is the audio's section
// of the session description.
func (s *session) further(audio string) string {
	text := lineOf(audio, "a=crypto:")
	if text == "" || !s.peculiar.OffersVideo && !s.bugs.SharesKeyAmongStreams {
		return ""
	}
	if !s.bugs.SharesKeyAmongStreams {
		const suite = "AES_CM_128_HMAC_SHA1_80"
		key, err := s.newKey(suite)
		if err != nil {
			return ""
		}
		text = "a=crypto:" + sdes.Attribute{Tag: 1, Suite: suite, Keys: []sdes.Key{key}}.String()
	}
	port := 0
	_, _ = fmt.Sscanf(audio, "m=audio %d", &port)
	return fmt.Sprintf("m=video %d RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\n%s\r\n", port+2, strings.TrimSpace(text))
}
