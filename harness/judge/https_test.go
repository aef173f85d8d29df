package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// refused is a device whose handshake the vendor refused with an alert.
func refused(alert uint8) *story {
	return tell().opens("tls-1").hello("tls-1", observation.HelloInfo{LegacyVersion: tls12, ServerName: "api.example"}).
		alert("tls-1", observation.Out, 2, alert).breaks("tls-1", "no common version").closes("tls-1", "error")
}

// served is a page under a leaf, over a connection of its own.
func (s *story) served(conn, leaf string) *story {
	return s.opens(conn).hello(conn, observation.HelloInfo{LegacyVersion: tls12, Suites: []uint16{0x1301, 0xc02f}, ServerName: "api.example"}).
		shakes(conn, tls12, leaf).asks(conn).answers(conn, 200).closes(conn, "eof")
}

func TestFetched(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"a page", judge.Fetched, tell().served("tls-1", "leaf"), "pass served"},
		{"after a refusal", judge.Fetched, refused(40).served("tls-2", "leaf"), "pass served"},
		{"an error", judge.Fetched, secured().asks("tls-1").answers("tls-1", 421), "fail answered-421"},
		{"a redirect", judge.Fetched, secured().asks("tls-1").answers("tls-1", 302), "fail answered-302"},
		{"not answered", judge.Fetched, secured().asks("tls-1"), "inconclusive no-answer"},
		{"said something else", judge.Fetched, secured().says("tls-1"), "inconclusive no-request"},
		{"spoke SIP", judge.Fetched, secured().in("tls-1", "OPTIONS 1"), "inconclusive no-request"},
		{"hung up", judge.Fetched, secured().closes("tls-1", "eof"), "fail closed-without-request"},
		{"refused", judge.Fetched, secured().alerts("tls-1", 48).closes("tls-1", "eof"), "fail certificate-refused"},
		{"was refused", judge.Fetched, refused(70), "fail handshake-failed"},
		{"asks for nothing", judge.Fetched, secured(), "inconclusive no-request"},
		{"was hung up on", judge.Fetched, secured().closes("tls-1", "local"), "inconclusive no-request"},
		{"never came", judge.Fetched, tell(), "inconclusive never-connected"},
		{"each", judge.FetchedEach(2), tell().served("tls-1", "leaf").served("tls-2", "leaf"), "pass served"},
		{"each over one connection", judge.FetchedEach(2), secured().asks("tls-1").answers("tls-1", 200).asks("tls-1").answers("tls-1", 204), "pass served"},
		{"not each", judge.FetchedEach(2), tell().served("tls-1", "leaf"), "inconclusive too-few-requests"},
		{"each but the last", judge.FetchedEach(2), tell().served("tls-1", "leaf").opens("tls-2").shakes("tls-2", tls12, "new").alerts("tls-2", 48), "fail certificate-refused"},
	})
}
