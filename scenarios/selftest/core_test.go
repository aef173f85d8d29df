package selftest

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios"
)

// TestEveryRoleHasACore: the profiles say for each role that has a must what its claims
// rest on, and that is a good case and more, all of level must.
func TestEveryRoleHasACore(t *testing.T) {
	t.Parallel()
	l := load(t)
	for _, p := range l.Products {
		for _, role := range profile.Roles() {
			core, base, musts := 0, 0, 0
			for _, s := range l.Scenarios {
				if s.Vendor != p.Vendor || s.Product != p.Product {
					continue
				}
				if s.Role() == role && s.Level == catalogue.Must {
					musts++
				}
				if !slices.Contains(s.CoreOf, role) {
					continue
				}
				core++
				if !slices.ContainsFunc(s.Checks, func(c judge.Check) bool { return c.Refusal }) {
					base++
				}
				if s.Level != catalogue.Must {
					t.Errorf("%s is core of %s, and of level %s", s.ID, role, s.Level)
				}
			}
			if named := p.CoreOf(role) != nil; named != (musts > 0) {
				t.Errorf("%s %s: %d scenarios of %s are musts; the profile names a core: %t", p.Vendor, p.Product, musts, role, named)
			}
			if musts > 0 && base == 0 {
				t.Errorf("%s %s: none of the %d core scenarios of %s is a good case", p.Vendor, p.Product, core, role)
			}
		}
	}
}

// edited returns the carrier's files with one change to its profile.
func edited(t *testing.T, old, instead string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"profiles/carrier-trunk.yaml", "requirements/carrier.yaml"} {
		data, err := os.ReadFile("../../fixtures/examples/carrier/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(name, "profiles/") {
			if !strings.Contains(string(data), old) {
				t.Fatalf("%s has no %q", name, old)
			}
			data = []byte(strings.Replace(string(data), old, instead, 1))
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}

// TestCorePatterns: a pattern takes every scenario of level must that it matches, and one
// that takes none is a mistake with a line.
func TestCorePatterns(t *testing.T) {
	t.Parallel()
	const line = "    scenarios: [register/refused-trunk]\n"
	for pattern, want := range map[string]string{
		"register/*":                   "register/refused-trunk",
		"call-listener/suites/cm-???":  "call-listener/suites/cm-256",
		"identity/*":                   "identity/not-uploaded identity/other-name identity/listed",
		"register/refused":             "error",
		"trunk/register/refused-trunk": "error",
		"carrier/trunk/register/*":     "error",
		"*":                            "error", // * stands for no slash
	} {
		l, err := scenarios.Load(edited(t, line, strings.Replace(line, "register/refused-trunk", "'"+pattern+"'", 1)))
		if want == "error" {
			what := `: the core of "register" names ` + pattern + ", which is no scenario of level must"
			if err == nil || !strings.HasPrefix(err.Error(), "profiles/carrier-trunk.yaml:") || !strings.Contains(err.Error(), what) {
				t.Errorf("%s: the error is %v", pattern, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := coreIDs(l); got != want {
			t.Errorf("%s: the core is %s, want %s", pattern, got, want)
		}
	}
}

// coreIDs returns the carrier's core of the role register.
func coreIDs(l *scenarios.Library) string {
	var ids []string
	for _, s := range l.Scenarios {
		if s.Vendor == "carrier" && slices.Contains(s.CoreOf, profile.Registering) {
			ids = append(ids, strings.TrimPrefix(s.ID, "carrier/trunk/"))
		}
	}
	return strings.Join(ids, " ")
}

// TestRoleWithoutACore: where a profile names no core of a role, each of its scenarios
// of level must is core, and no other.
func TestRoleWithoutACore(t *testing.T) {
	t.Parallel()
	l, err := scenarios.Load(edited(t, "role: call-in-listener", "role: https")) // which the carrier does not have
	if err != nil {
		t.Fatal(err)
	}
	musts := 0
	for _, s := range l.Scenarios {
		if s.Vendor != "carrier" {
			continue
		}
		must := s.Role() == profile.Listening && s.Level == catalogue.Must
		if must {
			musts++
		}
		if core := slices.Contains(s.CoreOf, profile.Listening); core != must {
			t.Errorf("%s is %s and of level %s; it is core: %t", s.ID, s.Role(), s.Level, core)
		}
	}
	if musts < 10 {
		t.Errorf("there are only %d", musts)
	}
}
