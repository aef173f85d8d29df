package unsolicited

import (
	"slices"
	"testing"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// twilio is a judge of what devices do at Twilio's voice, of those scenarios.
func twilio(t *testing.T, all ...*plan.Scenario) *Judge {
	t.Helper()
	products, err := profile.Load(fixtures.FS, "profiles")
	if err != nil {
		t.Fatal(err)
	}
	known, err := catalogue.Load(catalogue.VendorsOf(products), fixtures.FS)
	if err != nil {
		t.Fatal(err)
	}
	p := products[slices.IndexFunc(products, func(p *profile.Product) bool { return p.Vendor == "twilio" && p.Product == "voice" })]
	return NewJudge(p, p.Revisions[len(p.Revisions)-1], all, known)
}

// TestBears: which settings make a difference to whom.
func TestBears(t *testing.T) {
	t.Parallel()
	j := twilio(t)
	for _, c := range []struct {
		setting string
		role    profile.Role
		want    bool
	}{
		{"secure_media", profile.Registering, false}, // it decides about calls
		{"secure_media", profile.CallingOut, true},
		{"secure_media", profile.CalledIn, false}, // which is seen from the offer
		{"registration", profile.Registering, true},
		{"registration", profile.CallingOut, false},
		{"application", profile.Listening, false},
		{"tls_max", profile.Registering, true},
		{"tls_max", profile.CalledIn, true},
		{"digest", profile.CallingOut, true},
	} {
		if got := j.bears(c.setting, c.role); got != c.want {
			t.Errorf("%s bears on %s: %t", c.setting, c.role, got)
		}
	}
}

// seen is an episode of a device that sends requests over a protocol, each with a description if there is one.
func seen(role profile.Role, secure string, requests ...[3]string) *Episode {
	s := newStory(new(profile.Product))
	for _, r := range requests {
		s.open(r[0], "192.0.2.20", false)
		s.sorter.links[r[0]].heads[0].Transport.Protocol = r[0]
		parts := []string{"Call-ID: c"}
		if r[2] != "" {
			parts = append(parts, r[2])
		}
		s.sip(r[0], observation.In, testkit.Compose(r[0], r[1], parts...))
	}
	e := s.sorter.Open()[0]
	e.Role, e.Settings = role, map[string]string{"secure_media": secure}
	return &e
}

// TestTransport: a device that is set to UDP is not judged, unless the vendor does not take it, or the device uses TLS, too.
func TestTransport(t *testing.T) {
	t.Parallel()
	j := twilio(t)
	for name, c := range map[string]struct {
		e    *Episode
		want bool
	}{
		"TLS":                       {seen(profile.Registering, "off", [3]string{"tls", "REGISTER"}), true},
		"UDP":                       {seen(profile.Registering, "on", [3]string{"udp", "REGISTER"}), false},
		"from TLS to UDP":           {seen(profile.Registering, "off", [3]string{"tls", "REGISTER"}, [3]string{"udp", "REGISTER"}), true},
		"a call over UDP":           {seen(profile.CallingOut, "off", [3]string{"udp", "INVITE"}), false},
		"where that is not allowed": {seen(profile.CallingOut, "on", [3]string{"udp", "INVITE"}), true},
	} {
		if got := j.transport(c.e, judge.NewView(c.e.Events)); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestOffers: what a call is offered, as levers have it.
func TestOffers(t *testing.T) {
	t.Parallel()
	for want, description := range map[device.Media]string{
		device.MediaDefault:  "",
		device.RTP:           testkit.RTP(),
		device.SRTP:          testkit.SRTP(testkit.Tag80),
		device.Opportunistic: testkit.RTP(testkit.Tag80),
	} {
		e := seen(profile.CallingOut, "on", [3]string{"tls", "INVITE", description})
		if got := offered(judge.NewView(e.Events).Requests("INVITE")); got != want {
			t.Errorf("%q is %q", description, got)
		}
	}
}

// TestDeclined: what a user may refuse, or have the device refuse, is no fault of the device.
func TestDeclined(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{200: false, 400: false, 403: false, 480: true, 486: true, 487: true, 488: true, 603: true, 606: true} {
		s := newStory(new(profile.Product))
		s.open("tls-1", "192.0.2.20", false)
		invite := testkit.Compose(observation.TLS, "INVITE", "Call-ID: c", description)
		s.sip("tls-1", observation.Out, invite)
		m, err := sipwire.Parse([]byte(invite))
		if err != nil {
			t.Fatal(err)
		}
		s.sip("tls-1", observation.In, testkit.Reply(m, status))
		if got := declined(judge.NewView(s.sorter.Open()[0].Events)); got != want {
			t.Errorf("%d: %t", status, got)
		}
	}
}

// TestEpisode: of a scenario, those checks are asked that the episode decides; what is missed is blamed once, and nothing
// is asked of scenarios in which something is planted.
func TestEpisode(t *testing.T) {
	t.Parallel()
	ruled := func(v verdict.Verdict, short bool) judge.Rule {
		return func(*judge.View) judge.Ruling {
			return judge.Ruling{Verdict: v, Cause: "because", Observed: "it", Short: short}
		}
	}
	check := func(id string, r judge.Rule) judge.Check {
		return judge.Check{Requirement: id, Expected: "that", Rule: r}
	}
	base := plan.Scenario{ID: "twilio/voice/a", Vendor: "twilio", Product: "voice", Revisions: []string{"current"}, Direction: plan.Register,
		Level: catalogue.Must, Usual: new(plan.Usual), Checks: []judge.Check{
			check("TW-TLS-09", ruled(verdict.Fail, false)), check("TW-CIP-01", ruled(verdict.Pass, false)),
			check("TW-REG-04", ruled(verdict.Inconclusive, false)), check("TW-SRTP-17", ruled(verdict.NotApplicable, false)),
			check("TW-SRTP-17", ruled(verdict.Fail, true)),
			{Requirement: "TW-REG-05", Expected: "that", Rule: ruled(verdict.Pass, false), Refusal: true},
		}}
	planted, other, old := base, base, base
	planted.ID, planted.Usual = "twilio/voice/b", nil
	other.ID, other.Direction = "twilio/voice/c", plan.ToVendor
	old.ID, old.Revisions = "twilio/voice/d", []string{"seed-era"}
	j := twilio(t, &base, &planted, &other, &old)
	e := seen(profile.Registering, "off", [3]string{"tls", "REGISTER"})
	values, err := j.product.SettingValues(j.revision, nil)
	if err != nil {
		t.Fatal(err)
	}
	e.Settings = values
	first := j.Episode(e).Results
	if len(first) != 1 || first[0].Name() != "twilio/voice/a (register-1)" || first[0].Verdict != verdict.Fail || len(first[0].Findings) != 2 {
		t.Fatalf("the first comes to %+v", first)
	}
	again := *e
	again.Name = "register-2"
	if second := j.Episode(&again).Results; len(second) != 1 || second[0].Blocked == nil || second[0].Blocked.Scenario != "twilio/voice/a" {
		t.Errorf("the second comes to %+v", second)
	}
	again.Settings = map[string]string{"tls_max": "TLS 1.0"}
	if third := j.Episode(&again); len(third.Results) != 0 || third.Why != otherSettings.String() {
		t.Errorf("under other settings it comes to %+v", third)
	}
	again.Settings, again.Role = values, profile.Fetching
	if fourth := j.Episode(&again); len(fourth.Results) != 0 || fourth.Why != anotherRole.String() {
		t.Errorf("in another role it comes to %+v", fourth)
	}
}
