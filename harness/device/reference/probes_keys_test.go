package reference

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// keyKills are the situations in which the bugs of keys show, and of attributes that few peers send.
func keyKills() map[string]kill {
	const random, took = "random; then another", "200 RTP/SAVP 1:" + cm80
	replaced := func(suite, old, new string) func(testing.TB) []string {
		return func(t testing.TB) []string {
			text, _ := attribute(t, 1, suite, "")
			return []string{strings.Replace(text, old, new, 1)}
		}
	}
	invalidFirst := func(t testing.TB) []string {
		text, _ := attribute(t, 1, cm80, "")
		return []string{"2 " + cm80 + " inline:AAAA", text}
	}
	return map[string]kill{
		"accepts-large-mki":        {offered("RTP/SAVP", key(1, cm80, "|256:1")), "488", took},
		"cuts-aead-keys":           {offeredGCM(replaced(cm80, cm80, "AEAD_AES_128_GCM")), "488", "200 RTP/SAVP 1:AEAD_AES_128_GCM"},
		"refuses-invalid-lines":    {offered("RTP/SAVP", invalidFirst), took, "488"},
		"refuses-tag-zero":         {offered("RTP/SAVP", replaced(cm80, "1 ", "0 ")), "200 RTP/SAVP 0:" + cm80, "488"},
		"forgets-parameters":       {offered("RTP/SAVP", key(1, cm80, " UNENCRYPTED_SRTCP")), "488", took},
		"sends-zero-keys":          {drawsKeys, random, "zeros; then the same"},
		"sends-filled-keys":        {drawsKeys, random, "ones; then the same"},
		"sends-text-keys":          {drawsKeys, random, "letters; then another"},
		"sends-counting-keys":      {drawsKeys, random, "counts; then another"},
		"sends-repeated-bytes":     {drawsKeys, random, "8 bytes again; then another"},
		"sends-half-keys":          {drawsKeys, random, "first half zero; then another"},
		"sends-zero-salts":         {drawsKeys, random, "salt zero; then another"},
		"salts-with-key":           {drawsKeys, random, "salt of key; then another"},
		"sends-one-key":            {drawsKeys, random, "random; then the same"},
		"shares-key-among-streams": {drawsKeys, random, random + ", and the same for video"},
	}
}

// offeredGCM is [offered] for a device that is set to AEAD_AES_128_GCM.
func offeredGCM(keys func(testing.TB) []string) probe {
	return func(t testing.TB, bugs Bugs) string {
		w := newWorld(t, settings{options: Options{Bugs: bugs}, levers: device.Levers{SRTPSuites: []string{"AEAD_AES_128_GCM"}}})
		return shown(t, w.mustDial().invite("call", describe(stream(9, "RTP/SAVP", keys(t)...))))
	}
}

// takesLine has the peer call the device with one attribute of AES_CM_128_HMAC_SHA1_80, which ends in rest.
func takesLine(rest string) view {
	return func(t testing.TB, p Peculiarities) string {
		w := newWorld(t, settings{options: Options{Peculiarities: p}})
		text, _ := attribute(t, 3, cm80, rest)
		w.mustDial().invite("call", describe(stream(9, "RTP/SAVP", text)))
		return dump(w.finish())
	}
}

// drawsKeys has the device call twice, and shows what the first keys that it offers look like.
func drawsKeys(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}, script: refusing(486)})
	w.do(device.Call, target)
	w.do(device.Call, target)
	var keys [][]byte
	var video []byte
	for _, m := range w.finish() {
		if m.Method != "INVITE" {
			continue
		}
		keys = append(keys, offeredKeys(t, m)[0].Keys[0].Material)
		offer, err := sdp.Parse(m.Body)
		if err != nil {
			t.Fatal(err)
		}
		if len(offer.Media) > 1 {
			video = parseAttribute(t, offer.Media[1].Values("crypto")[0]).Keys[0].Material
		}
	}
	seen := looks(keys[0]) + "; then another"
	if bytes.Equal(keys[0], keys[1]) {
		seen = looks(keys[0]) + "; then the same"
	}
	if bytes.Equal(keys[1], video) {
		seen += ", and the same for video"
	}
	return seen
}

// looks says what pattern a key of AES_CM_128 has.
func looks(key []byte) string {
	zero := make([]byte, 30)
	switch {
	case bytes.Equal(key, zero):
		return "zeros"
	case bytes.Equal(key, bytes.Repeat([]byte{0xff}, 30)):
		return "ones"
	case strings.Trim(string(key), "abcdefghijklmnopqrstuvwxyz") == "":
		return "letters"
	case bytes.Equal(key[8:], key[:22]):
		return "8 bytes again"
	case bytes.Equal(key[:15], zero[:15]):
		return "first half zero"
	case bytes.Equal(key[16:], zero[16:]):
		return "salt zero"
	case bytes.Equal(key[16:], key[:14]):
		return "salt of key"
	}
	for i := range key[1:] {
		if key[i+1] != key[i]+1 {
			return "random"
		}
	}
	return "counts"
}
