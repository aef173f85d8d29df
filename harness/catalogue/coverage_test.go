package catalogue_test

import (
	"slices"
	"testing"

	"github.com/sipconform/sipconform/harness/catalogue"
)

func TestCoverage(t *testing.T) {
	t.Parallel()
	const reason = "Nothing crosses the wire."
	tests := []struct {
		name       string
		row        catalogue.Requirement
		scenarios  []string
		want       catalogue.State
		wantListed []string
	}{
		{"must with scenarios", catalogue.Requirement{Confidence: catalogue.High}, []string{"a", "b"}, catalogue.Covered, []string{"a", "b"}},
		{"medium with a scenario", catalogue.Requirement{Confidence: catalogue.Medium}, []string{"a"}, catalogue.Covered, []string{"a"}},
		{"low with a scenario", catalogue.Requirement{Confidence: catalogue.Low}, []string{"a"}, catalogue.Covered, []string{"a"}},
		{"high with a reason", catalogue.Requirement{Confidence: catalogue.High, NotTestable: reason}, nil, catalogue.Reason, nil},
		{"low with a reason", catalogue.Requirement{Confidence: catalogue.Low, NotTestable: reason}, nil, catalogue.Reason, nil},
		{"high with neither", catalogue.Requirement{Confidence: catalogue.High}, nil, catalogue.Gap, nil},
		{"medium with neither", catalogue.Requirement{Confidence: catalogue.Medium}, []string{}, catalogue.Gap, nil},
		{"may with neither", catalogue.Requirement{Confidence: catalogue.High, Level: catalogue.May}, nil, catalogue.Gap, nil},
		{"low with neither", catalogue.Requirement{Confidence: catalogue.Low}, nil, catalogue.Open, nil},
		{"high with both", catalogue.Requirement{Confidence: catalogue.High, NotTestable: reason}, []string{"a"}, catalogue.Stale, []string{"a"}},
		{"low with both", catalogue.Requirement{Confidence: catalogue.Low, NotTestable: reason}, []string{"a"}, catalogue.Stale, []string{"a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.row.ID = "TW-TLS-05"
			got := catalogue.Coverage([]catalogue.Requirement{test.row}, map[string][]string{"TW-TLS-05": test.scenarios, "TW-TLS-06": {"other"}})
			if len(got) != 1 {
				t.Fatalf("%d accounts of one row", len(got))
			}
			if got[0].State != test.want {
				t.Errorf("the state is %s, want %s", got[0].State, test.want)
			}
			if !slices.Equal(got[0].Scenarios, test.wantListed) {
				t.Errorf("the scenarios are %q, want %q", got[0].Scenarios, test.wantListed)
			}
			if got[0].Requirement.ID != "TW-TLS-05" {
				t.Errorf("the account is of %q", got[0].Requirement.ID)
			}
		})
	}
}

func TestCoverageKeepsTheOrder(t *testing.T) {
	t.Parallel()
	rows := []catalogue.Requirement{{ID: "TW-TLS-09"}, {ID: "ST-02"}, {ID: "TW-TLS-01"}}
	var got []string
	for _, a := range catalogue.Coverage(rows, nil) {
		got = append(got, a.Requirement.ID)
	}
	if want := []string{"TW-TLS-09", "ST-02", "TW-TLS-01"}; !slices.Equal(got, want) {
		t.Errorf("the accounts are of %q, want %q", got, want)
	}
	if got := catalogue.Coverage(nil, map[string][]string{"TW-TLS-01": {"a"}}); len(got) != 0 {
		t.Errorf("%+v accounts for no row", got)
	}
}

func TestStrays(t *testing.T) {
	t.Parallel()
	rows := []catalogue.Requirement{{ID: "TW-TLS-01"}}
	got := catalogue.Strays(rows, map[string][]string{"TW-TLS-99": {"a"}, "TW-TLS-01": {"a"}, "ST-98": {"b"}})
	if want := []string{"ST-98", "TW-TLS-99"}; !slices.Equal(got, want) {
		t.Errorf("the strays are %q, want %q", got, want)
	}
	if got := catalogue.Strays(rows, map[string][]string{"TW-TLS-01": {"a"}}); len(got) != 0 {
		t.Errorf("the strays are %q, want none", got)
	}
}

// TestEmbeddedRowsAreAccountedFor: if every requirement without a reason has a scenario,
// only rows of low confidence are open, and none is stale.
func TestEmbeddedRowsAreAccountedFor(t *testing.T) {
	t.Parallel()
	requirements := embedded(t).All()
	exercised := map[string][]string{}
	for _, r := range requirements {
		if r.NotTestable == "" && r.Binding() {
			exercised[r.ID] = []string{"scenario"}
		}
	}
	for _, a := range catalogue.Coverage(requirements, exercised) {
		switch a.State {
		case catalogue.Gap, catalogue.Stale:
			t.Errorf("%s: %s", a.Requirement.ID, a.State)
		case catalogue.Open:
			if a.Requirement.Binding() {
				t.Errorf("%s can fail a device and is open", a.Requirement.ID)
			}
		}
	}
}
