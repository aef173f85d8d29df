package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/narrate"
	"github.com/sipconform/sipconform/mocks/observation"
)

// until is a writer that calls end once a text was written.
type until struct {
	bytes.Buffer
	text string
	end  func()
}

func (u *until) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(u.text)) {
		u.end()
	}
	return u.Buffer.Write(p)
}

// TestFollowAfterAFlood: serve prints what its window still has, and says how much it has not.
func TestFollowAfterAFlood(t *testing.T) {
	t.Parallel()
	log := observation.NewWindow()
	const events = 3 * observation.WindowBytes >> 16
	request := append([]byte("OPTIONS sip:vendor.example SIP/2.0\r\n"), make([]byte, 64<<10)...)
	for range events {
		log.Append(observation.Event{Kind: observation.SIP, Conn: "tls-1", Dir: observation.In, Bytes: request})
	}
	log.Append(observation.Event{Kind: observation.SIPMalformed, Conn: "tls-1", Text: "last " + strings.Repeat("x", 100<<10)})
	ctx, cancel := context.WithCancel(t.Context())
	out := &until{text: "last", end: cancel}
	follow(ctx, out, log, narrate.New(log.Start()))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) < 100 || len(lines) > events/2 || out.Len() > 1<<20 {
		t.Fatalf("%d lines, %d bytes", len(lines), out.Len())
	}
	if !strings.HasSuffix(lines[0], " observations are not shown: they came faster than they could be written") {
		t.Errorf("the first line is %s", lines[0])
	}
	if !strings.Contains(lines[1], " tls-1   in  sip     OPTIONS sip:vendor.example (CSeq 0, call without Call-ID)") {
		t.Errorf("the second line is %s", lines[1])
	}
}
