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
			Lacks:  append(unheard(), takesWildcard),
		},
		{
			Name:   "sends RTCP and no RTP",
			Device: altered{name: "rtcp", options: reference.Options{Audio: reference.Reports}},
			Passes: []Shown{likeReference},
		},
		{
			Name:   "sends no media",
			Device: altered{name: "no-media", options: reference.Options{Audio: reference.NoMedia}},
			Passes: []Shown{likeReference},
		},
	}
}

// unheard are the scenarios in which a device has to send back what it hears.
func unheard() []Shown {
	return []Shown{
		{"twilio/*/*/secure-heard", "nothing shows that it hears the vendor"},
		{"twilio/*/*/new-key-heard", "nothing shows that it hears the vendor"},
	}
}
