package reference

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
)

func TestOffers(t *testing.T) {
	t.Parallel()
	key := func(suite, after string) func(testing.TB, int) string {
		return func(t testing.TB, tag int) string { text, _ := attribute(t, tag, suite, after); return text }
	}
	raw := func(format string) func(testing.TB, int) string {
		return func(_ testing.TB, tag int) string { return fmt.Sprintf("%d %s", tag, format) }
	}
	material := func(n int) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, n)) }
	good := key(cm80, "")
	secure := "200 RTP/SAVP "
	tests := []struct {
		name   string
		levers device.Levers
		proto  string // RTP/SAVP if empty
		keys   []func(testing.TB, int) string
		want   string
	}{
		{name: "one key", keys: []func(testing.TB, int) string{good}, want: secure + "1:" + cm80},
		{name: "offerer's order", keys: []func(testing.TB, int) string{key(cm32, ""), good}, want: secure + "1:" + cm32},
		{name: "unknown suites first", keys: []func(testing.TB, int) string{raw("SEED_CTR_128_HMAC_SHA1_80 inline:" + material(30)), key("F8_128_HMAC_SHA1_80", ""), raw("NEW x:y"), good}, want: secure + "4:" + cm80},
		{name: "suite that is not set", keys: []func(testing.TB, int) string{key("AEAD_AES_256_GCM", "")}, want: "488"},
		{name: "suite that is set", levers: device.Levers{SRTPSuites: []string{"AEAD_AES_256_GCM"}}, keys: []func(testing.TB, int) string{good, key("AEAD_AES_256_GCM", "")}, want: secure + "2:AEAD_AES_256_GCM"},
		{name: "lower case", keys: []func(testing.TB, int) string{raw(strings.ToLower(cm80) + " inline:" + material(30))}, want: "488"},
		{name: "lifetime", keys: []func(testing.TB, int) string{key(cm80, "|2^20")}, want: secure + "1:" + cm80},
		{name: "decimal lifetime", keys: []func(testing.TB, int) string{key(cm80, "|1048576")}, want: secure + "1:" + cm80},
		{name: "lifetime too long", keys: []func(testing.TB, int) string{key(cm80, "|2^49")}, want: "488"},
		{name: "MKI", keys: []func(testing.TB, int) string{key(cm80, "|2^31|1:4")}, want: "488"},
		{name: "MKI, and without", keys: []func(testing.TB, int) string{key(cm80, "|1:4"), key(cm32, "")}, want: secure + "2:" + cm32},
		{name: "MKI by lever", levers: device.Levers{MKI: true}, keys: []func(testing.TB, int) string{key(cm80, "|9:2")}, want: secure + "1:" + cm80 + "|1:4"},
		{name: "MKI of no bytes", levers: device.Levers{MKI: true}, keys: []func(testing.TB, int) string{key(cm80, "|1:0")}, want: "488"},
		{name: "MKI of 129 bytes", levers: device.Levers{MKI: true}, keys: []func(testing.TB, int) string{key(cm80, "|1:129")}, want: "488"},
		{name: "short key", keys: []func(testing.TB, int) string{raw(cm80 + " inline:" + material(28))}, want: "488"},
		{name: "short key, and a good one", keys: []func(testing.TB, int) string{raw(cm80 + " inline:" + material(28)), good}, want: secure + "2:" + cm80},
		{name: "key without padding", levers: device.Levers{SRTPSuites: []string{"AEAD_AES_128_GCM"}}, keys: []func(testing.TB, int) string{raw("AEAD_AES_128_GCM inline:" + strings.TrimRight(material(28), "="))}, want: secure + "1:AEAD_AES_128_GCM"},
		{name: "unknown parameter", keys: []func(testing.TB, int) string{key(cm80, " FOO=1")}, want: "488"},
		{name: "optional parameter", keys: []func(testing.TB, int) string{key(cm80, " -FOO=1")}, want: secure + "1:" + cm80},
		{name: "window hint", keys: []func(testing.TB, int) string{key(cm80, " WSH=128")}, want: secure + "1:" + cm80},
		{name: "unencrypted", keys: []func(testing.TB, int) string{key(cm80, " UNENCRYPTED_SRTP")}, want: "488"},
		{name: "unencrypted RTCP", keys: []func(testing.TB, int) string{key(cm80, " UNENCRYPTED_SRTCP")}, want: "488"},
		{name: "unauthenticated", keys: []func(testing.TB, int) string{key(cm80, " UNAUTHENTICATED_SRTP")}, want: "488"},
		{name: "key derivation rate", keys: []func(testing.TB, int) string{key(cm80, " KDR=1")}, want: "488"},
		{name: "no key", want: "488"},
		{name: "two keys under one tag", keys: []func(testing.TB, int) string{good, func(t testing.TB, _ int) string { return good(t, 1) }}, want: "488"},
		{name: "tag of ten digits", keys: []func(testing.TB, int) string{func(t testing.TB, _ int) string { return good(t, 1234567890) }}, want: "488"},
		{name: "feedback profile", proto: "RTP/SAVPF", keys: []func(testing.TB, int) string{good}, want: "200 RTP/SAVPF 1:" + cm80},
		{name: "clear", proto: "RTP/AVP", want: "488"},
		{name: "opportunistic", proto: "RTP/AVP", keys: []func(testing.TB, int) string{good}, want: "488"},
		{name: "DTLS", proto: "UDP/TLS/RTP/SAVPF", want: "488"},
		{name: "clear when told", levers: device.Levers{Media: device.RTP}, proto: "RTP/AVP", want: "200 RTP/AVP"},
		{name: "secure when told clear", levers: device.Levers{Media: device.RTP}, keys: []func(testing.TB, int) string{good}, want: "488"},
		{name: "opportunistic when told", levers: device.Levers{Media: device.Opportunistic}, proto: "RTP/AVP", keys: []func(testing.TB, int) string{good}, want: "200 RTP/AVP 1:" + cm80},
		{name: "clear when told opportunistic", levers: device.Levers{Media: device.Opportunistic}, proto: "RTP/AVP", want: "200 RTP/AVP"},
		{name: "clear when told both", levers: device.Levers{Media: device.Both}, proto: "RTP/AVP", want: "200 RTP/AVP"},
		{name: "secure when told both", levers: device.Levers{Media: device.Both}, keys: []func(testing.TB, int) string{good}, want: secure + "1:" + cm80},
	}
	w := map[string]*world{}
	for i, tt := range tests {
		levers := fmt.Sprint(tt.levers)
		if w[levers] == nil {
			w[levers] = newWorld(t, settings{levers: tt.levers})
		}
		l := w[levers].mustDial()
		t.Run(tt.name, func(t *testing.T) {
			proto := tt.proto
			if proto == "" {
				proto = "RTP/SAVP"
			}
			var keys []string
			for tag, k := range tt.keys {
				keys = append(keys, k(t, tag+1))
			}
			answer := l.invite(fmt.Sprintf("offer%d", i), describe(stream(9, proto, keys...)))
			if got := shown(t, answer); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestStreamsOfAnOffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	l := w.mustDial()
	good, _ := attribute(t, 1, cm80, "")
	secure := stream(9, "RTP/SAVP", good)
	tests := []struct{ name, offer, want string }{
		{"clear first", describe(stream(9, "RTP/AVP"), secure), "200 RTP/AVP rejected / RTP/SAVP 1:" + cm80},
		{"video too", describe(secure, "m=video 9 RTP/SAVP 99\r\n"), "200 RTP/SAVP 1:" + cm80 + " / RTP/SAVP rejected"},
		{"fax too", describe("m=image 9 udptl t38\r\n", secure), "200 udptl rejected / RTP/SAVP 1:" + cm80},
		{"nothing but fax", describe("m=image 9 udptl t38\r\n"), "488"},
		{"other formats", describe("m=audio 9 RTP/SAVP 18\r\na=crypto:" + good + "\r\n"), "488"},
		{"no stream", describe(), "488"},
		{"no description", "hello", "400"},
	}
	for _, tt := range tests {
		if got := shown(t, l.invite(tt.name, tt.offer)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	fax := l.request("INVITE", "text", 1)
	fax.SetBody("text/plain", []byte("hello"))
	if answer := l.ask(fax); answer.Status != 415 || answer.Get("Accept") != sdpType {
		t.Errorf("a body of text: %d", answer.Status)
	}
}
