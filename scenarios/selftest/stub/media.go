package stub

import (
	"github.com/sipconform/sipconform/harness/device/reference"
)

// media are the reference device with other media.
func media() []Stub {
	return []Stub{
		{
			Name:   "plays a tone whatever it hears",
			Device: altered{name: "tone", options: reference.Options{Audio: reference.Tone}},
			Passes: []Shown{likeReference},
			Lacks:  append(unheard(), takesWildcard, keepsToCall),
		},
		{
			Name:   "sends RTCP and no RTP",
			Device: altered{name: "rtcp", options: reference.Options{Audio: reference.Reports}},
			Passes: []Shown{likeReference},
			Lacks:  append(unsent(), takesWildcard, keepsToCall),
		},
		{
			Name:   "sends no media",
			Device: altered{name: "no-media", options: reference.Options{Audio: reference.NoMedia}},
			Passes: []Shown{likeReference},
			Lacks:  append(unsent(), takesWildcard, keepsToCall),
		},
	}
}

// unheard are the scenarios in which a device has to send back what it hears.
func unheard() []Shown {
	return []Shown{
		{"twilio/*/*/secure-heard", "nothing shows that it hears the vendor"},
		{"twilio/*/*/new-key-heard", "nothing shows that it hears the vendor"},
		{"cisco/ucm/*/late-offer-heard", "nothing shows that it hears the vendor"},
		{"twilio/*/*/dressed-heard", "nothing shows that it hears the vendor"},
		{"*/*/*/new-source", "nothing shows that it hears the vendor"},
	}
}

// unsent are the scenarios in which a device has to send RTP.
func unsent() []Shown {
	all := unheard()
	for _, ids := range []string{
		"*/*/*/load", "*/*/*/secure", "*/*/*/packets",
		"cisco/ucm/*/rtp", "twilio/*/call-listener/secure-off", "genesys/*/call-listener/secure-trunk-off*",
		"genesys/*/call-out/secure-trunk-off/**", "twilio/*/call-in/new-key",
		"cisco/ucm/call-listener/every-suite", "cisco/ucm/call-listener/aes-cm-only", "cisco/ucm/call-listener/short-tags",
		"cisco/ucm/call-listener/*/enabled", "twilio/*/call-in/control-32", "twilio/*/call-out/suites/*",
		"twilio/*/call-out/secure-media-on/tls/srtp", "twilio/*/call-out/secure-media-on/tls/both",
		"twilio/*/call-out/secure-media-off/tls/rtp",
		"twilio/*/call-in/offer/gcm", "twilio/*/call-in/offer/cm-256", "twilio/*/call-in/offer/unpadded",
		"twilio/*/call-in/offer/lifetime-power", "twilio/*/call-in/offer/lifetime-decimal",
		"twilio/*/call-in/offer/lifetime-longest", "twilio/*/call-in/offer/unknown-suite-first",
		"twilio/*/call-in/offer/tag-of-nine-digits", "cisco/ucm/call-listener/late-offer", "twilio/*/call-out/secure-control*",
		"twilio/voice/call-in/next-call", "twilio/voice/call-in/ssrc-collision", "twilio/voice/*/secure-true/*",
		"twilio/voice/*/secure-absent/*", "twilio/voice/call-in/reliable", "*/*/*/hold-*", "*/*/*/hold", "*/*/*/refresh",
		"cisco/ucm/phone/encrypted/*", "*/*/*/new-port", "*/*/*/new-suite", "twilio/*/call-in/offer/tag-zero",
		"twilio/*/call-in/offer/optional-parameter", "twilio/*/call-in/offer/window-size",
		"twilio/*/call-in/offer/invalid-then-valid", "twilio/*/call-in/offer/mki-then-plain",
	} {
		all = append(all, Shown{ids, "no media shows that both have the same keys"})
	}
	return all
}
