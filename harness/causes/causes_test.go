package causes_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/causes"
)

func TestEmbedded(t *testing.T) {
	t.Parallel()
	s, err := causes.Load(fixtures.FS)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Causes()); n < 200 {
		t.Errorf("%d causes are explained; there are more", n)
	}
}

const few = `
- causes: ["refused-*"]
  means: It was refused.
  fault: device
  do: Read the response.
- causes: [refused-403, "*-refused"]
  means: It is forbidden.
  fault: set-up
  do: Ask for leave.
  options: {PJSIP: realm, baresip: auth_user}
`

func load(text string) (*causes.Set, error) {
	return causes.Load(fstest.MapFS{"causes.yaml": {Data: []byte(text)}})
}

func TestLookup(t *testing.T) {
	t.Parallel()
	s, err := load(few)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ cause, means string }{
		{"refused-403", "It is forbidden."},
		{"refused-404", "It was refused."},
		{"refused-", ""},
		{"server-hello-refused", "It is forbidden."},
		{"accepted", ""},
		{"", ""},
	}
	for _, test := range tests {
		e, ok := s.Lookup(test.cause)
		if ok != (test.means != "") || ok && e.Means != test.means {
			t.Errorf("%q means %v", test.cause, e)
		}
	}
}

func TestHint(t *testing.T) {
	t.Parallel()
	s, err := load(few)
	if err != nil {
		t.Fatal(err)
	}
	for cause, want := range map[string]string{
		"refused-404": "Read the response.",
		"refused-403": "Ask for leave. In PJSIP: realm; in baresip: auth_user.",
	} {
		if e, _ := s.Lookup(cause); e.Hint() != want {
			t.Errorf("the hint of %s is %q, want %q", cause, e.Hint(), want)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 301)
	tests := []struct{ name, text, want string }{
		{"no file of causes", "", "the file is empty"},
		{"no list", "causes: []", "the file is not a list"},
		{"a field that is none", "- {causes: [a], mean: b, fault: open, do: c}", "mean"},
		{"no cause", "- {causes: [], means: b, fault: open, do: c}", "causes.yaml:1: the entry has no causes"},
		{"two stars", "- {causes: ['*-a-*'], means: b, fault: open, do: c}", "has another form"},
		{"a star alone", "- {causes: ['*'], means: b, fault: open, do: c}", "has another form"},
		{"a cause twice", "- {causes: [a], means: b, fault: open, do: c}\n- {causes: [a], means: b, fault: open, do: c}",
			"causes.yaml:2: a is here a second time"},
		{"a fault that is none", "- {causes: [a], means: b, fault: mine, do: c}",
			`no fault "mine": write device, network, harness, set-up or open`},
		{"no meaning", "- {causes: [a], fault: open, do: c}", "means is empty"},
		{"nothing to do", "- {causes: [a], means: b, fault: open, do: ' '}", "do is empty"},
		{"a long text", "- {causes: [a], means: " + long + ", fault: open, do: c}", "means has 301 characters"},
		{"a stack that is none", "- {causes: [a], means: b, fault: open, do: c, options: {Openssl: d}}", `no stack "Openssl"`},
		{"an option without a name", "- {causes: [a], means: b, fault: open, do: c, options: {OpenSSL: }}", "the option of OpenSSL has no name"},
		{"options in a list", "- {causes: [a], means: b, fault: open, do: c, options: [OpenSSL]}", "options is a list"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := load(test.text); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
		})
	}
}
