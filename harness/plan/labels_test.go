package plan_test

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/plan"
)

func TestMistyped(t *testing.T) {
	t.Parallel()
	all := []*plan.Scenario{scenario("good", area("srtp")), scenario("other", area("certificate"))}
	for filter, want := range map[string]string{
		"":                            "",
		"vendor:acme && area:srtp":    "",
		"VENDOR:ACME":                 "",
		"id:acme:voice:good":          "",
		"/area:.*/ && !/strp/":        "",
		"area: consistsOf {srtp}":     "",
		"area:strp":                   `no scenario has the label "area:strp": did you mean "area:srtp"?`,
		"vendor:acne||!(area:srtp)":   `no scenario has the label "vendor:acne": did you mean "vendor:acme"?`,
		"id:acme:voice:godo":          `no scenario has the label "id:acme:voice:godo": did you mean "id:acme:voice:good"?`,
		"srtp":                        `no scenario has the label "srtp": did you mean "area:srtp"?`,
		"certifcate":                  `no scenario has the label "certifcate": did you mean "area:certificate"?`,
		"colour:blue":                 `no scenario has the label "colour:blue"`,
		"area:strp, area:strp":        `no scenario has the label "area:strp": did you mean "area:srtp"?`,
		"area:strp || req:AC-TLS-011": `no scenario has the label "area:strp": did you mean "area:srtp"?|no scenario has the label "req:AC-TLS-011": did you mean "req:AC-TLS-01"?`,
	} {
		if got := strings.Join(plan.Mistyped(all, filter), "|"); got != want {
			t.Errorf("%s:\n got %s\nwant %s", filter, got, want)
		}
	}
}

// TestNothingSelectedNamesTheNearest: the error of a plan of nothing says what may have been meant.
func TestNothingSelectedNamesTheNearest(t *testing.T) {
	t.Parallel()
	_, err := plan.New([]*plan.Scenario{scenario("good", area("srtp"))}, products(), options(t, "vendor:acme && area:strp"))
	if err == nil || !strings.Contains(err.Error(), `no scenario has the label "area:strp": did you mean "area:srtp"?; `) {
		t.Errorf("got %v", err)
	}
}

func TestFilterThatDoesNotParse(t *testing.T) {
	t.Parallel()
	if _, err := plan.Filter("vendor:acme && ("); err == nil || !strings.Contains(err.Error(), `filter "vendor:acme && ("`) {
		t.Errorf("got %v", err)
	}
}
