package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestDiagnose: the seed's classes, by what crossed the wire.
func TestDiagnose(t *testing.T) {
	t.Parallel()
	modern := observation.HelloInfo{LegacyVersion: tls12, Versions: []uint16{tls13, tls12}}
	below := observation.HandshakeInfo{Version: tls11, LocalChain: [][]byte{[]byte("leaf")}, Refused: observation.ServerHelloMessage,
		EndedBy: observation.DeviceSide}
	for name, test := range map[string]struct {
		log  *story
		want judge.Class
	}{
		"the vendor refuses the version": {refused(70), judge.ProtocolError},
		"the vendor refuses the suites":  {refused(40), judge.CipherError},
		"the vendor wants better suites": {refused(71), judge.CipherError},
		"the vendor fails":               {refused(80), ""},
		"the device lacks the authority": {secured().alerts("tls-1", 48), judge.ChainError},
		"the device finds it expired":    {secured().alerts("tls-1", 45), judge.ChainError},
		"the device finds it bad":        {secured().alerts("tls-1", 42), judge.ChainError},
		"the device refuses the version": {tell().opens("tls-1").alerts("tls-1", 70), judge.ProtocolError},
		"the device leaves because of the version": {tell().opens("tls-1").hello("tls-1", modern).
			finishes("tls-1", below).closes("tls-1", "eof"), judge.ProtocolError},
		"the device fails because of the version": {tell().opens("tls-1").hello("tls-1", modern).
			add(observation.Event{Kind: observation.TLSAlert, Conn: "tls-1", Dir: observation.In,
				Alert: &observation.AlertInfo{Level: 2, Description: 40, Refused: observation.ServerHelloMessage}}).
			finishes("tls-1", below), judge.ProtocolError},
		"the device looks and leaves":    {secured().closes("tls-1", "eof"), judge.ChainError},
		"the device leaves before":       {tell().opens("tls-1").breaks("tls-1", "EOF").closes("tls-1", "eof"), ""},
		"the vendor wants a certificate": {tell().opens("tls-1").alert("tls-1", observation.Out, 2, 40).finishes("tls-1", observation.HandshakeInfo{LocalChain: [][]byte{[]byte("leaf")}}), ""},
		"all is well":                    {tell().served("tls-1", "leaf"), ""},
		"nothing yet":                    {tell().opens("tls-1"), ""},
	} {
		d := judge.Diagnose(judge.NewView(test.log.events).Connections[0])
		switch {
		case d == nil && test.want != "", d != nil && d.Class != test.want:
			t.Errorf("%s: %+v, want %q", name, d, test.want)
		case d != nil && d.Fix == "":
			t.Errorf("%s: no remedy", name)
		}
	}
	refusal := judge.Fetched(judge.NewView(refused(70).events))
	if refusal.Hint == "" {
		t.Error("a failure has no hint")
	}
}
