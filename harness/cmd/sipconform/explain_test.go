package main_test

import (
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, argument string
		want           []string
	}{
		{"a cause", "accepted-expired", []string{"cause accepted-expired", "fault       the device's", "notAfter", "in OpenSSL"}},
		{"a cause of a pattern", "refused-406", []string{"cause refused-406", "as well     refused-*"}},
		{"a requirement", "TW-TLS-05", []string{"requirement TW-TLS-05: ", "level       must", "confidence  high", "seed 000: Twilio: end of TLS",
			"scenario    twilio/voice/register/tls1.1/deprecated-off"}},
		{"a requirement in small letters", "tw-tls-05", []string{"requirement TW-TLS-05: "}},
		{"a label of a requirement", "req:TW-TLS-05", []string{"requirement TW-TLS-05: "}},
		{"a requirement that is not tested", "TW-TLS-02", []string{"confidence  low: it fails no device", "not tested"}},
		{"a scenario", "twilio/voice/certificate/expired", []string{"scenario twilio/voice/certificate/expired: ",
			"asks        ", "control     ", "run it      certify -filter id:twilio:voice:certificate:expired"}},
		{"a label of a scenario", "id:twilio:voice:certificate:expired", []string{"scenario twilio/voice/certificate/expired: "}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := sipconform(t, "explain", test.argument)
			o.expect(t, 0)
			for _, want := range test.want {
				if !strings.Contains(o.out, want) {
					t.Errorf("%q is not in:\n%s", want, o.out)
				}
			}
		})
	}
}

func TestExplainUnknown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, want string
		arguments  []string
	}{
		{"nothing", "name a cause", nil},
		{"a mistyped cause", "\n  accepted-expired\n", []string{"acepted-expird"}},
		{"a mistyped requirement", "TW-TLS-05", []string{"TW-TLS-0S"}},
		{"a part of a scenario", "twilio/voice/certificate/expired", []string{"voice/certificate/expired"}},
		{"like nothing", "sipconform list", []string{"zzzzzzzz"}},
		{"a control character", `\x1b`, []string{"\x1b[2J"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := sipconform(t, append([]string{"explain"}, test.arguments...)...)
			o.expect(t, 2)
			if !strings.Contains(o.errors, test.want) {
				t.Errorf("%q is not in:\n%s", test.want, o.errors)
			}
		})
	}
}
