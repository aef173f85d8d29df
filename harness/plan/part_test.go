package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/profile"
)

func as(d plan.Direction, needs ...device.Capability) func(*plan.Scenario) {
	return func(s *plan.Scenario) { s.Direction, s.Needs = d, needs }
}

func coreOf(roles ...profile.Role) func(*plan.Scenario) {
	return func(s *plan.Scenario) { s.CoreOf = roles }
}

func TestRole(t *testing.T) {
	t.Parallel()
	for want, s := range map[profile.Role]*plan.Scenario{
		profile.Registering: scenario("a", as(plan.Register, device.CanRegister)),
		profile.CallingOut:  scenario("a", as(plan.ToVendor, device.CanCall, device.CanRegister)),
		profile.CalledIn:    scenario("a", as(plan.FromVendor, device.CanAnswer, device.CanRegister)),
		profile.Listening:   scenario("a", as(plan.FromVendor, device.CanAnswer, device.CanListen)),
		profile.Fetching:    scenario("a", as(plan.HTTPS, device.CanFetch)),
		profile.Connecting:  scenario("a", as(plan.ToVendor, device.CanConnect)),
		profile.Asking:      scenario("a", as(plan.ToVendor, device.CanOptions), func(s *plan.Scenario) { s.NoCalls = true }),
	} {
		if got := s.Role(); got != want {
			t.Errorf("the role is %s, want %s", got, want)
		}
	}
}

// TestParts: a plan's parts count what there is on its day, whatever its filter leaves
// out, and only parts of which it has a scenario are there.
func TestParts(t *testing.T) {
	t.Parallel()
	all := []*plan.Scenario{
		scenario("reg", coreOf(profile.Registering, profile.CallingOut)),
		scenario("soon", in("next"), coreOf(profile.Registering)),
		scenario("more"),
		scenario("call", as(plan.ToVendor), area("srtp"), coreOf(profile.CallingOut)),
		scenario("ring", as(plan.FromVendor), area("srtp")),
	}
	const reg, call, ring = "register 2: reg", "call-out 1: reg call", "call-in 1:"
	for filter, want := range map[string][]string{
		"":                     {reg, call, ring},
		"area:srtp":            {call, ring},
		"id:acme:voice:more":   {reg},
		"id:acme:voice:ring":   {ring},
		"direction:register":   {reg},
		"!area:tls && !area:x": {call, ring},
	} {
		p, err := plan.New(all, products(), options(t, filter))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, part := range p.Parts {
			core := strings.ReplaceAll(strings.Join(part.Core, " "), "acme/voice/", "")
			got = append(got, strings.TrimSpace(string(part.Role)+" "+string(rune('0'+part.Scenarios))+": "+core))
			if part.Vendor != "acme" || part.Product != "voice" {
				t.Errorf("a part of %s %s", part.Vendor, part.Product)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("filter %q: %q, want %q", filter, got, want)
		}
	}
}
