package judge

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// maxKeys is how many keys of a side a view looks at. A description of the longest
// message that a mock reads has fewer, and a scenario has a few descriptions.
const maxKeys = 1 << 12

// sentKey is a master key and salt in an a=crypto attribute of a description, and where
// it stood there.
type sentKey struct {
	message   *Message
	line      int // index of the stream
	used      bool
	attribute sdes.Attribute
	material  []byte
}

// keysFrom returns the keys that one side sent, in order: those of every stream, and of
// every attribute, whether it was chosen or not. Of what is not valid as an attribute no
// key is known.
func (v *View) keysFrom(dir observation.Direction) []sentKey {
	var keys []sentKey
	for _, m := range v.Messages {
		if m.Event.Dir != dir || m.SDP == nil {
			continue
		}
		for line := range m.SDP.Media {
			stream := &m.SDP.Media[line]
			results, _ := sdes.ParseMedia(stream.Values("crypto")) // tags that are not unique are no matter here
			for _, a := range sdes.Valid(results) {
				for _, k := range a.Keys {
					if len(keys) < maxKeys {
						keys = append(keys, sentKey{m, line, stream.Port != 0, a, k.Material})
					}
				}
			}
		}
	}
	return keys
}

// where says in which message and stream a key was sent.
func (k sentKey) where() string {
	return fmt.Sprintf("stream %d of its %s", k.line+1, label(k.message))
}

// agreed returns the Call-IDs of the calls in which offer and answer met: somebody answered
// with a session description. Before that nothing is protected under the keys of a call,
// and whoever is turned away may call again with the same description.
func (v *View) agreed() map[string]bool {
	calls := make(map[string]bool)
	for _, m := range v.Messages {
		if !m.IsRequest() && m.Status < 300 && m.SDP != nil {
			calls[m.CallID()] = true
		}
	}
	return calls
}

// UsedKeys returns the fingerprints ([media.Fingerprint]) of the keys that the device sent
// in calls in which offer and answer met.
func (v *View) UsedKeys() []string {
	calls, seen := v.agreed(), make(map[string]bool)
	var used []string
	for _, k := range v.keysFrom(observation.In) {
		if f := media.Fingerprint(k.material); calls[k.message.CallID()] && !seen[f] {
			seen[f] = true
			used = append(used, f)
		}
	}
	return used
}

// FreshKeys asks that each key which the device sends is random, and new for its stream
// and call (RFC 4568 §6.1, RFC 3711 §9.1): not the vendor's, not one of another stream
// of the call, and of no other call of the scenario, or of the run as far as the view
// knows of it. In a call, a stream may keep its key from one description to the next
// (§7.1.4), and one key in several attributes of a stream harms nobody, because one of
// them is chosen.
func FreshKeys(v *View) Ruling {
	keys := v.keysFrom(observation.In)
	switch spoke := slices.ContainsFunc(v.Messages, (*Message).In); {
	case len(keys) == 0 && !spoke:
		return open("no-keys", "it sent nothing")
	case len(keys) == 0:
		return unbound("no-keys", "it sent no key")
	}
	for _, k := range keys {
		if p := pattern(k.attribute, k.material); p != "" {
			return fail("key-patterned", "the %s key in %s is not random: %s", k.attribute.Suite, k.where(), p).at(k.message.Event.Seq).
				hint("draw 16 to 46 bytes for each key from a cryptographic random number generator that was seeded (RFC 4086)")
		}
	}
	theirs := v.keysFrom(observation.Out)
	for _, k := range keys {
		i := slices.IndexFunc(theirs, func(other sentKey) bool { return bytes.Equal(k.material, other.material) })
		if i >= 0 && theirs[i].message.Event.Seq < k.message.Event.Seq {
			return fail("key-of-the-peer", "the key in %s is the vendor's own", k.where()).at(theirs[i].message.Event.Seq, k.message.Event.Seq).
				hint("draw a key of the device's own for what it sends (RFC 4568 §7.1.2)")
		}
	}
	if r := v.reused(keys); r != nil {
		return *r
	}
	return pass("keys-fresh", "%d keys that it sent are new, and show no pattern", len(keys)).at(keys[0].message.Event.Seq)
}

// reused rules on keys that stood in another stream or call before, nil if none did.
func (v *View) reused(keys []sentKey) *Ruling {
	calls, first := v.agreed(), make(map[string]sentKey)
	again := func(seen string, k sentKey, events ...int) *Ruling {
		r := fail("key-reused", "the key in %s %s", k.where(), seen).at(append(events, k.message.Event.Seq)...).
			hint("draw a new key for each stream of each call: who records two streams under one key can read both")
		return &r
	}
	for _, k := range keys {
		call := k.message.CallID()
		if scenario := v.Spent[media.Fingerprint(k.material)]; scenario != "" && calls[call] {
			return again("was used in an earlier call, in "+scenario, k)
		}
		if !k.used { // a stream that is refused or over has no packets
			continue
		}
		before, known := first[string(k.material)]
		sameCall := known && before.message.CallID() == call
		switch {
		case !known, !sameCall && !calls[before.message.CallID()]:
			first[string(k.material)] = k
		case sameCall && before.line != k.line:
			return again("stands in "+before.where()+" too", k, before.message.Event.Seq)
		case !sameCall && calls[call]:
			return again("stood in an earlier call, in "+before.where(), k, before.message.Event.Seq)
		}
	}
	return nil
}

// longestPeriod is the longest pattern, in bytes, that counts if it is repeated through
// a whole key.
const longestPeriod = 8

// pattern says what is not random about a master key and salt, "" if nothing is. By
// chance, the likeliest of these is a key of 28 bytes that are all printable: one in
// 10^12. Of the others none is likelier than one in 2^80.
func pattern(a sdes.Attribute, material []byte) string {
	suite, known := a.Known()
	if !known || len(material) != suite.KeySalt() {
		return "" // of a suite that is not known, nothing is known of its keys either
	}
	key, salt := material[:suite.MasterKey], material[suite.MasterKey:]
	half := len(material) / 2
	for _, part := range []struct {
		name string
		of   []byte
	}{
		{"key and salt are", material}, {"the key is", key}, {"the salt is", salt}, {"the first half is", material[:half]},
	} {
		step := part.of[1] - part.of[0]
		steady := true
		for i := range part.of[1:] {
			steady = steady && part.of[i+1]-part.of[i] == step
		}
		switch {
		case steady && step == 0:
			return fmt.Sprintf("%s %d bytes of %#02x", part.name, len(part.of), part.of[0])
		case steady:
			return fmt.Sprintf("%s bytes that count in steps of %d", part.name, int8(step))
		}
	}
	for period := 2; period <= longestPeriod; period++ {
		if bytes.Equal(material[period:], material[:len(material)-period]) {
			return fmt.Sprintf("%d bytes are repeated", period)
		}
	}
	switch {
	case bytes.Equal(salt, key[:len(salt)]):
		return "the salt repeats the key"
	case !slices.ContainsFunc(material, func(b byte) bool { return b < ' ' || b > '~' }):
		return "it is printable text"
	}
	return ""
}

// PrintsNoSecrets asks that no SRTP key, password or private key stands in what the device
// printed, as far as its adapter could read that. What it prints is no evidence of what it
// does, so this is for requirements that fail nobody.
func PrintsNoSecrets(v *View) Ruling {
	searched := v.DeviceSays(observation.DeviceSecrets)
	if len(searched) == 0 {
		return open("output-not-read", "the harness cannot read what the device prints")
	}
	for _, e := range searched {
		if e.Device.Status > 0 {
			return fail("secrets-printed", "its output has %s in it", e.Text).at(e.Seq).
				hint("whoever reads its log can read the call: leave keys and passwords out, also of traces")
		}
	}
	return pass("no-secret-printed", "its output has no key and no password in it").at(searched[0].Seq)
}
