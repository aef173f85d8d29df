package engine

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// seen are observations with a field of each kind, and bytes so that few of them fit on a shelf.
func seen() []observation.Event {
	return []observation.Event{
		{Seq: 0, At: 7, Kind: observation.TransportClose, Conn: "tls-1", Transport: &observation.TransportInfo{
			Protocol: observation.TLS, Remote: netip.MustParseAddrPort("[2001:db8::1]:5061"), Cause: observation.ClosedByPeer}},
		{Seq: 1, At: 8, Kind: observation.TLSHandshake, Conn: "tls-1", Handshake: &observation.HandshakeInfo{
			Complete: true, Sent: []observation.HandshakeMessage{observation.ServerHelloMessage}, PeerChain: [][]byte{{1}, {2}}}},
		{Seq: 2, At: 9, Kind: observation.SIP, Dir: observation.In, Bytes: make([]byte, 20<<20), Text: "not UTF-8: \xff"},
		{Seq: 3, At: 9, Kind: observation.Flood, Flood: &observation.FloodInfo{Kind: observation.SIP, Events: 3, Bytes: 4}},
	}
}

// TestShelf checks that observations come back as they were, from memory and from files, which are then gone.
func TestShelf(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s := new(shelf)
	var all []shelved
	for range 5 {
		one, err := s.put(seen())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if s.used > shelfBytes {
		t.Errorf("%d bytes wait in memory", s.used)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) != 2 {
		t.Errorf("the files are %v: three logs fit into memory", files)
	}
	for i, one := range all {
		if events, err := s.take(one); err != nil || !reflect.DeepEqual(events, seen()) {
			t.Errorf("log %d comes back with %v and %d events", i, err, len(events))
		}
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) > 0 || s.used != 0 {
		t.Errorf("%v and %d bytes are left", files, s.used)
	}
}

// TestShelfWithoutRoom: where what was seen can neither stay in memory nor be stored, or is gone, the harness blames itself.
func TestShelfWithoutRoom(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", filepath.Join(dir, "missing"))
	full := &Engine{shelf: &shelf{used: shelfBytes}}
	one := &raw{judged: true, events: seen()}
	full.shelve(one)
	full.unshelve(one)
	if one.judged || one.result.Verdict != verdict.Error || one.result.Cause != "observations-lost" {
		t.Errorf("a log that cannot be stored gives %+v", one.result)
	}
	t.Setenv("TMPDIR", dir)
	one = &raw{judged: true, events: seen()}
	full.shelve(one)
	if err := os.Remove(one.waiting.file); err != nil {
		t.Fatal(err)
	}
	full.unshelve(one)
	if one.judged || one.result.Verdict != verdict.Error {
		t.Errorf("a log whose file is gone gives %+v", one.result)
	}
}
