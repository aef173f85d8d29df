package process

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
)

// able is a descriptor that declares every lever, on lines 1 to 9.
const able = `name: phone
isolation: optional
capabilities: [options, 'tls:1.2', 'srtp:AES_CM_128_HMAC_SHA1_80', 'lever:tls-version', 'lever:tls-suites', 'lever:tls-groups',
  'lever:srtp-suites', 'lever:media', 'lever:mki', 'lever:lifetime', 'lever:transport', 'lever:verify', 'lever:sips', 'lever:expires', 'lever:port']
words:
  transport: {udp: u, tcp: t}
actions: {options: {steps: [{run: ['true']}]}}
environment: {L: '{{json .Levers}}', T: '{{.Word "transport"}}'}
configuration:
`

// TestConfigurations: each lever is written as in the shim protocol.
func TestConfigurations(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		levers string
		want   device.Levers
	}{
		{"verify: off", device.Levers{VerifyOff: true}},
		{"media: RTP/AVP", device.Levers{Media: device.RTP}},
		{"media: 'RTP/SAVP,RTP/AVP'", device.Levers{Media: device.Both}},
		{"transport: tcp", device.Levers{Transport: observation.TCP}},
		{"tls-version: '1.2'", device.Levers{TLSMin: 0x0303, TLSMax: 0x0303}},
		{"tls-version: ['1.1', '1.2', '1.3']", device.Levers{TLSMin: 0x0302, TLSMax: 0x0304}},
		{"tls-suites: ['0xC030', '0x009C']", device.Levers{Suites: []uint16{0xC030, 0x009C}}},
		{"tls-groups: ['0x0018']", device.Levers{Groups: []uint16{24}}},
		{"srtp-suites: AES_CM_128_HMAC_SHA1_80", device.Levers{SRTPSuites: []string{"AES_CM_128_HMAC_SHA1_80"}}},
		{"mki: on", device.Levers{MKI: true}},
		{"lifetime: 2^20", device.Levers{Lifetime: "2^20"}},
		{"sips: on", device.Levers{SIPS: true}},
		{"expires: 300", device.Levers{Expires: 300}},
		{"port: '5071'", device.Levers{Port: 5071}},
		{"verify: off, media: RTP/AVP", device.Levers{VerifyOff: true, Media: device.RTP}},
	} {
		t.Run(test.levers, func(t *testing.T) {
			t.Parallel()
			givesUp := []string{"area:certificate", "area:identity", "area:rotation", "area:sdes", "area:srtp"}
			d := load(t, able+"  - {name: other way, levers: {"+test.levers+"}, gives_up: ['"+strings.Join(givesUp, "', '")+"']}\n")
			want := []device.Configuration{{Name: "other way", Levers: test.want, GivesUp: givesUp}}
			if got := d.Configurations(); !reflect.DeepEqual(got, want) {
				t.Errorf("\n got %+v\nwant %+v", got, want)
			}
		})
	}
	if got := load(t, head).Configurations(); got != nil {
		t.Errorf("a device without configurations has %v", got)
	}
}

func TestBrokenConfigurations(t *testing.T) {
	t.Parallel()
	const off = "gives_up: ['area:certificate', 'area:identity', 'area:rotation']"
	for _, test := range []struct{ name, yaml, want string }{
		{"unknown field", able + "  - {name: a, lever: {verify: off}}\n", `device.yaml:10: the field "lever" is unknown: use name, levers or gives_up`},
		{"no name", able + "  - {levers: {sips: on}}\n", `device.yaml:10: has the configuration "": give it a name of a few words`},
		{"name of two lines", able + "  - {name: \"a\\nb\", levers: {sips: on}}\n", `device.yaml:10: has the configuration "a\nb": give it a name`},
		{"twice", able + "  - {name: a, levers: {sips: on}}\n  - {name: a, levers: {mki: on}}\n", "device.yaml:11: has two configurations named a"},
		{"no levers", able + "  - name: a\n", "device.yaml:10: sets no lever in the configuration a"},
		{"levers in a list", able + "  - name: a\n    levers: [sips]\n", "device.yaml:11: found a list where a mapping of levers to values belongs"},
		{"unknown lever", able + "  - name: a\n    levers:\n      sips: on\n      colour: red\n", `device.yaml:13: sets the unknown lever "colour"`},
		{"lever twice", able + "  - name: a\n    levers:\n      sips: on\n      sips: on\n", `device.yaml:13: "sips" is here a second time, after line 12`},
		{"verify on", able + "  - {name: a, levers: {verify: on}}\n", `device.yaml:10: sets verify to "on", which it cannot be set to`},
		{"media", able + "  - {name: a, levers: {media: RTP}}\n", `device.yaml:10: sets media to "RTP", which it cannot be set to`},
		{"two media", able + "  - {name: a, levers: {media: [RTP/AVP, RTP/SAVP]}}\n", `sets media to "RTP/AVP, RTP/SAVP", which it cannot be set to`},
		{"transport", able + "  - {name: a, levers: {transport: sctp}}\n", `sets transport to "sctp", which it cannot be set to`},
		{"no values", able + "  - {name: a, levers: {srtp-suites: []}}\n", `sets srtp-suites to "", which it cannot be set to`},
		{"suite", able + "  - {name: a, levers: {tls-suites: [AES256-SHA]}}\n", `sets tls-suites to "AES256-SHA", which it cannot be set to`},
		{"versions with a gap", able + "  - {name: a, levers: {tls-version: ['1.1', '1.3']}}\n", `sets tls-version to "1.1, 1.3", which it cannot be set to`},
		{"interval", able + "  - {name: a, levers: {expires: soon}}\n", `sets expires to "soon", which it cannot be set to`},
		{"not declared", head + "configuration:\n  - name: a\n    levers: {sips: on}\n", "device.yaml:7: needs [lever:sips] in the configuration a, which its capabilities do not declare"},
		{"version not declared", able + "  - {name: a, levers: {tls-version: '1.3'}}\n", "device.yaml:10: needs [tls:1.3] in the configuration a"},
		{"no word", able + "  - {name: a, levers: {transport: tls}}\n", "device.yaml:10: cannot be set to the configuration a: device phone: device does not support this action: it has no word for transport tls"},
		{"no label", able + "  - {name: a, levers: {sips: on}, gives_up: [certificate]}\n", `device.yaml:10: gives up "certificate", which is no label`},
		{"expression", able + "  - {name: a, levers: {sips: on}, gives_up: ['area:certificate || area:identity']}\n", "which is no label: write one such as area:certificate"},
		{"certificates judged without verification", able + "  - {name: a, levers: {verify: off}, gives_up: ['area:identity']}\n",
			"device.yaml:10: does not give up area:certificate in the configuration a: with verify off there is nothing of it to judge"},
		{"secure media judged in clear", able + "  - {name: a, levers: {media: RTP/AVP}, gives_up: ['area:sdes']}\n",
			"device.yaml:10: does not give up area:srtp in the configuration a: with media RTP/AVP there is nothing of it to judge"},
		{"does not render", strings.Replace(able, "{{json .Levers}}", "{{if .Levers.VerifyOff}}{{.Value \"x\"}}{{end}}", 1) + "  - {name: a, levers: {verify: off}, " + off + "}\n",
			`does not render: environment variable L: at <.Value>: error calling Value: there is no value "x"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(t.Context(), fstest.MapFS{"device.yaml": {Data: []byte(test.yaml)}}, "device.yaml")
			broken, ok := errors.AsType[*BrokenDescriptor](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(broken.Error(), test.want) || strings.Contains(broken.Error(), "\n") {
				t.Errorf("\n got %s\nwant %s", broken, test.want)
			}
		})
	}
}
