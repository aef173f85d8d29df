package process

import (
	"testing"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestSearchOutput: what the device printed is searched for the keys that crossed the wire,
// in base64 and hexadecimal, and for its password and private key.
func TestSearchOutput(t *testing.T) {
	t.Parallel()
	const (
		key      = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
		hexKey   = "774466766726542b29784737406662356a552c5261417d5c7c7030252a23"
		message  = "SIP/2.0 200 OK\r\n\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "|2^20\r\n"
		password = "correct horse"
		private  = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nthisLineIsTheKeys\nandThisOne\n-----END PRIVATE KEY-----\n"
	)
	for name, c := range map[string]struct {
		printed string
		found   int
		text    string
	}{
		"nothing":             {"", 0, "none in its output"},
		"something else":      {"phone: calling\nphone: called\n", 0, "none in its output"},
		"the key in base64":   {"a=crypto:1 X inline:" + key + "\n", 1, "an SRTP key"},
		"the key in hex":      {"master " + hexKey + "\n", 1, "an SRTP key"},
		"a part of the key":   {"master " + key[:20] + "\n", 0, "none in its output"},
		"the password":        {"auth as alice:" + password + "\n", 1, "its password"},
		"the private key":     {"key thisLineIsTheKeys\n", 1, "its private key"},
		"the head of a key":   {"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n", 0, "none in its output"},
		"several of the kind": {password + key + key, 2, "its password, an SRTP key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := observation.NewLog()
			log.Append(observation.Event{Kind: observation.SIP, Dir: observation.Out, Bytes: []byte(message)})
			s := &session{log: log, data: &Data{Account: device.Account{Password: password}, Key: private}}
			s.searchOutput([]byte(c.printed))
			events := log.Events()
			if e := events[len(events)-1]; e.Device == nil || e.Device.What != observation.DeviceSecrets || e.Device.Status != c.found || e.Text != c.text {
				t.Errorf("found %+v %q, want %d %q", e.Device, e.Text, c.found, c.text)
			}
		})
	}
}
