package main_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

type listing struct {
	Requirements []struct {
		ID, Level, Confidence, Title, State string
		Sources, Scenarios                  []string
	}
	Scenarios []struct {
		ID, Title, Control   string
		Labels, Requirements []string
		Role                 string
		CoreOf               []string `json:"core_of"`
	}
}

func listed(t *testing.T, args ...string) listing {
	t.Helper()
	o := sipconform(t, append([]string{"list", "-format=json"}, args...)...)
	o.expect(t, 0)
	var l listing
	if err := json.Unmarshal([]byte(o.out), &l); err != nil {
		t.Fatal(err)
	}
	if len(l.Requirements) == 0 || len(l.Scenarios) == 0 {
		t.Fatalf("lists %d requirements and %d scenarios", len(l.Requirements), len(l.Scenarios))
	}
	return l
}

// TestListIsConsistent: scenarios and requirements name each other, every control is
// listed, and every scenario has a label for its ID and its requirements.
func TestListIsConsistent(t *testing.T) {
	t.Parallel()
	l := listed(t)
	covers := make(map[string][]string)
	for _, r := range l.Requirements {
		covers[r.ID] = r.Scenarios
		if r.Level == "" || r.Confidence == "" || r.Title == "" || r.State == "" || len(r.Sources) == 0 {
			t.Errorf("%s is listed as %+v", r.ID, r)
		}
	}
	ids := make(map[string]bool)
	for _, s := range l.Scenarios {
		ids[s.ID] = true
		for _, r := range s.Requirements {
			if !slices.Contains(covers[r], s.ID) {
				t.Errorf("%s asks about %s, which does not name it", s.ID, r)
			}
			if !slices.Contains(s.Labels, "req:"+r) {
				t.Errorf("%s has no label req:%s", s.ID, r)
			}
		}
		if !slices.Contains(s.Labels, "id:"+strings.ReplaceAll(s.ID, "/", ":")) {
			t.Errorf("%s has labels %q", s.ID, s.Labels)
		}
	}
	for _, s := range l.Scenarios {
		if s.Control != "" && !ids[s.Control] {
			t.Errorf("%s has the control %s, which is not listed", s.ID, s.Control)
		}
	}
	for requirement, scenarios := range covers {
		for _, s := range scenarios {
			if !ids[s] {
				t.Errorf("%s names %s, which is not listed", requirement, s)
			}
		}
	}
}

// TestListOfCores: each scenario is listed with its role, and with the roles that it is
// core of.
func TestListOfCores(t *testing.T) {
	t.Parallel()
	for _, s := range listed(t, "-vendor=twilio").Scenarios {
		core := strings.Join(s.CoreOf, " ")
		if s.Role == "" || s.ID == "twilio/voice/certificate/expired" && core != "register call-out call-in" ||
			s.ID == "twilio/voice/register/tls1.3/deprecated-on" && core != "" {
			t.Errorf("%s is of the role %q, and core of %q", s.ID, s.Role, core)
		}
	}
	sipconform(t, "list", "-vendor=twilio").expect(t, 0, "register; core of register call-out call-in\n")
}

func TestListOfAVendor(t *testing.T) {
	t.Parallel()
	for _, s := range listed(t, "-vendor=twilio").Scenarios {
		if !slices.Contains(s.Labels, "vendor:twilio") {
			t.Errorf("%s is listed", s.ID)
		}
	}
}

// TestListFormats: every format lists the same requirements and scenarios.
func TestListFormats(t *testing.T) {
	t.Parallel()
	l := listed(t)
	for _, format := range []string{"text", "markdown"} {
		o := sipconform(t, "list", "-format="+format)
		o.expect(t, 0)
		for _, r := range l.Requirements {
			if !strings.Contains(o.out, r.ID) {
				t.Errorf("%s does not list %s", format, r.ID)
			}
		}
		for _, s := range l.Scenarios {
			if !strings.Contains(o.out, s.ID) {
				t.Errorf("%s does not list %s", format, s.ID)
			}
		}
	}
	// An unescaped bar in a cell would add a column.
	table := 0
	for _, line := range strings.Split(sipconform(t, "list", "-format=markdown").out, "\n") {
		bars := strings.Count(line, "|") - strings.Count(line, `\|`)
		switch {
		case line == "":
			table = 0
		case table == 0:
			table = bars
		case bars != table:
			t.Errorf("%d bars, want %d: %s", bars, table, line)
		}
	}
}
