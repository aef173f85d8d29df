package profile

import (
	"strings"
	"testing"
)

// dated is a product with a setting whose default follows from a date.
var dated = strings.Replace(valid, "settings:\n", `settings:
  since: {default: "2022-04-01", date: true}
  old: {default: "off", values: ["off", "on"], before: {setting: since, date: "2022-03-29", default: "on"}}
`, 1)

// TestDatedSettings: a default of old holds before its day, unless the setting is chosen.
func TestDatedSettings(t *testing.T) {
	t.Parallel()
	p, err := Parse("acme.yaml", []byte(dated))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		chosen map[string]string
		want   string // of the setting, or the error
	}{
		{nil, "off"},
		{map[string]string{"since": "2022-03-29"}, "off"},
		{map[string]string{"since": "2022-03-28"}, "on"},
		{map[string]string{"since": "1999-12-31"}, "on"},
		{map[string]string{"since": "2021-06-01", "old": "off"}, "off"},
		{map[string]string{"since": "2023-06-01", "old": "on"}, "on"},
		{map[string]string{"since": "last year"}, `profile: setting since takes a date such as 2022-04-01, not "last year"`},
		{map[string]string{"since": "2021-02-30"}, `profile: setting since takes a date such as 2022-04-01, not "2021-02-30"`},
	} {
		values, err := p.SettingValues(p.Revisions[0], test.chosen)
		got := values["old"]
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%v: %s, want %s", test.chosen, got, test.want)
		}
	}
}

// TestDatedMistakes: what cannot work is said when the file is read.
func TestDatedMistakes(t *testing.T) {
	t.Parallel()
	for _, m := range []struct{ old, new, what string }{
		{`default: "2022-04-01"`, `default: "April"`, `"April" is not a date: write one such as 2022-04-01`},
		{`date: "2022-03-29"`, `date: "2022-3-29"`, `"2022-3-29" is not a date: write one such as 2022-04-01`},
		{`date: true`, `date: true, values: [x]`, `the setting "since" is a date: remove values and before, which it cannot have`},
		{`setting: since`, `setting: floor`, `the date "floor" is unknown: use since`},
		{`default: "on"}}`, `default: "yes"}}`, `the value "yes" is unknown: use off or on`},
		{`, date: true`, `, values: ["2022-04-01"]`, `no setting is a date: add one with date: true, or remove before`},
	} {
		_, err := Parse("acme.yaml", []byte(strings.Replace(dated, m.old, m.new, 1)))
		if err == nil || !strings.HasSuffix(err.Error(), m.what) {
			t.Errorf("%s: the error is %v, want %s", m.new, err, m.what)
		}
	}
}
