package edge

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestSessionTimer checks the answers to INVITEs that ask for a session timer, RFC 4028 §9 table 2, and to those that
// require what the vendor lacks, RFC 3261 §8.2.2.3.
func TestSessionTimer(t *testing.T) {
	t.Parallel()
	const twilio, genesys = "twilio-voice", "genesys-byoc-cloud"
	for name, c := range map[string]struct {
		profile                       string
		headers                       []string
		status                        int
		expires, require, unsupported string
	}{
		"none asked for":           {twilio, []string{"Supported: timer"}, 200, "", "", ""},
		"no refresher named":       {twilio, []string{"Supported: timer", "Session-Expires: 1800"}, 200, "1800;refresher=uac", "timer", ""},
		"the device refreshes":     {twilio, []string{"k: 100rel,timer", "x: 1800;Refresher=UAC", "Min-SE: 1800"}, 200, "1800;refresher=uac", "timer", ""},
		"the vendor refreshes":     {twilio, []string{"Supported: timer", "Session-Expires: 1800 ; refresher=uas"}, 200, "1800;refresher=uas", "timer", ""},
		"required":                 {twilio, []string{"Require: timer", "Supported: timer", "Session-Expires: 1800;refresher=uas"}, 200, "1800;refresher=uas", "timer", ""},
		"required, and none asked": {twilio, []string{"Require: timer"}, 200, "", "", ""},
		"asked for by a proxy":     {twilio, []string{"Session-Expires: 1800"}, 200, "1800;refresher=uas", "", ""},
		"nonsense":                 {twilio, []string{"Supported: timer", "Session-Expires: soon"}, 200, "", "", ""},
		"too brief":                {twilio, []string{"Supported: timer", "Session-Expires: 90"}, 422, "", "", ""},
		"an unknown extension":     {twilio, []string{"Require: timer, 100rel, x-y"}, 420, "", "", "100rel, x-y"},
		"a vendor without timers":  {genesys, []string{"Supported: timer", "Session-Expires: 1800"}, 200, "", "", ""},
		"required of it":           {genesys, []string{"Require: timer", "Session-Expires: 1800"}, 420, "", "", "timer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := map[string]string{"digest": "off"}
			if c.profile == genesys {
				settings = map[string]string{"secure_trunk": "off"}
			}
			s := serve(t, c.profile, settings)
			d := connect(t, s, observation.TCP, 0)
			user := "+15550199"
			if s.product.Trunk != nil {
				user += ";tgrp=example;trunk-context=" + s.product.Trunk.Context
			}
			d.Send(d.Compose("INVITE", "sip:"+user+"@"+s.Domain(), append([]string{testkit.RTP()}, c.headers...)...))
			got := d.Final("INVITE")
			if got.Status != c.status || got.Get("Session-Expires") != c.expires || got.Get("Require") != c.require ||
				strings.Join(got.Values("Unsupported"), ", ") != c.unsupported || len(got.Defects()) > 0 {
				t.Fatalf("got %s", got.Raw)
			}
			if c.status != 200 {
				return
			}
			d.Send(d.Within(got, "ACK", 1))
			d.Send(d.Within(got, "INVITE", 2, append([]string{testkit.RTP()}, c.headers...)...)) // a refresh, §7.4
			if got := d.Final("INVITE"); got.Get("Session-Expires") != c.expires || got.Get("Require") != c.require {
				t.Errorf("the refresh got %s", got.Raw)
			}
		})
	}
}
