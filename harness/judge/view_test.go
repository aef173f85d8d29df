package judge_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestConnections(t *testing.T) {
	t.Parallel()
	v := judge.NewView(tell().
		opens("tls-1").hello("tls-1", observation.HelloInfo{LegacyVersion: tls12}).alerts("tls-1", 45).closes("tls-1", "eof").
		dials("tls-2").shakes("tls-2", tls13, "leaf").out("tls-2", "OPTIONS 1").
		strays("udp-3", "private").in("udp-3", "BYE 2").
		opens("tcp-4").mangles("tcp-4").
		opens("tls-5").alert("tls-5", observation.Out, 2, 40).alert("tls-5", observation.In, 1, 0).
		opens("udp-6").over().closes("tls-2", "eof").events)

	var got []string
	for _, c := range v.Connections {
		line := c.ID + " " + c.Protocol()
		for word, is := range map[string]bool{
			"hello": c.Hello != nil, "alert": c.Alert != nil, "handshake": c.Handshake != nil,
			"closed": c.Closed, "sip": c.Spoke == judge.SIP,
		} {
			if is {
				line += " " + word
			}
		}
		words := strings.Fields(line)
		slices.Sort(words[2:])
		got = append(got, strings.Join(words, " "))
	}
	want := []string{
		"tls-1 tls alert closed hello",
		"tls-2 tls handshake", // the mock's own SIP is not the device's; it was closed after the end
		"udp-3 udp sip",
		"tcp-4 tcp sip", // it tried
		"tls-5 tls",     // neither the mock's alert nor close_notify is a refusal
		"udp-6 udp",
	}
	if !slices.Equal(got, want) {
		t.Errorf("connections are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	first := v.Connections[0]
	if first.Opened != 0 || first.Last != 3 || first.Cause != "eof" || first.Alert.Description != 45 {
		t.Errorf("the first is %+v", first)
	}
	var inbound []string
	for _, c := range v.Inbound() {
		inbound = append(inbound, c.ID)
	}
	if want := []string{"tls-1", "tcp-4", "tls-5", "udp-6"}; !slices.Equal(inbound, want) {
		t.Errorf("of the device's own are %v, want %v", inbound, want)
	}
}

// TestUnknownConnection: what belongs to a connection that was not opened is
// passed over.
func TestUnknownConnection(t *testing.T) {
	t.Parallel()
	v := judge.NewView(tell().in("tls-9", "REGISTER 1").closes("tls-9", "eof").alerts("tls-9", 40).
		shakes("tls-9", tls12, "leaf").mangles("").events)
	if len(v.Connections) != 0 || len(v.Messages) != 0 {
		t.Errorf("the view has %v and %v", v.Connections, v.Messages)
	}
	if len(v.Events) != 5 {
		t.Errorf("the view has %d events", len(v.Events))
	}
}

// TestUnreadable: bytes that are no message are no message, and are SIP that
// the device sent all the same.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{"nothing": "", "zeroes": "\x00\x00\x00", "a word": "HELLO", "half a line": "REGISTER sip:x"} {
		v := judge.NewView(secured().raw("tls-1", observation.In, raw).events)
		if len(v.Requests("REGISTER")) != 0 || v.Connections[0].Spoke != judge.SIP {
			t.Errorf("%s: messages are %v, %q was sent", name, v.Messages, v.Connections[0].Spoke)
		}
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	v := judge.NewView(secured().
		in("tls-1", "INVITE 1", sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "a"))).out("tls-1", "100 INVITE 1").out("tls-1", "407 INVITE 1").
		in("tls-1", "ACK 1").in("tls-1", "INVITE 2").out("tls-1", "183 INVITE 2").
		out("tls-1", "200 INVITE 2", "Call-ID: another").out("tls-1", "200 BYE 2").in("tls-1", "200 INVITE 2").
		out("tls-1", "200 INVITE 2").out("tls-1", "200 INVITE 2").
		out("tls-1", "INVITE 7").in("tls-1", "486 INVITE 7").events)
	invites := v.Requests("INVITE")
	if len(invites) != 2 || len(v.Sent("INVITE")) != 1 || len(v.Requests("ACK")) != 1 || len(v.Requests("invite")) != 0 {
		t.Fatalf("requests are %d and %d INVITE, %d ACK", len(invites), len(v.Sent("INVITE")), len(v.Requests("ACK")))
	}
	statuses := func(m *judge.Message) (all []int) {
		for _, r := range v.Responses(m) {
			all = append(all, r.Status)
		}
		return all
	}
	for i, want := range [][]int{{100, 407}, {183, 200, 200}} {
		if got := statuses(invites[i]); !slices.Equal(got, want) {
			t.Errorf("INVITE %d was answered %v, want %v", i+1, got, want)
		}
	}
	if final := v.Final(invites[0]); final == nil || final.Status != 407 {
		t.Errorf("the final response is %v", final)
	}
	if final := v.Final(v.Sent("INVITE")[0]); final == nil || final.Status != 486 || !final.In() {
		t.Errorf("the device's final response is %v", final)
	}
	if v.Final(v.Requests("ACK")[0]) != nil {
		t.Error("an ACK has a response")
	}
	if invites[0].SDP == nil || invites[1].SDP != nil || invites[0].Connection.ID != "tls-1" {
		t.Errorf("the first INVITE is %+v", invites[0])
	}
}

// TestResponseBeforeItsRequest: nothing is answered before it was asked.
func TestResponseBeforeItsRequest(t *testing.T) {
	t.Parallel()
	v := judge.NewView(secured().out("tls-1", "200 REGISTER 1").in("tls-1", "REGISTER 1").events)
	if final := v.Final(v.Requests("REGISTER")[0]); final != nil {
		t.Errorf("it was answered %d", final.Status)
	}
}

// TestMediaOfTheDevice: what the mock sends is not in the view.
func TestMediaOfTheDevice(t *testing.T) {
	t.Parallel()
	s := tell().media(2, observation.MediaInfo{Class: observation.AuthenticRTP})
	s.add(observation.Event{Kind: observation.Media, Dir: observation.Out, Media: &observation.MediaInfo{Class: observation.ClearRTP}})
	if v := judge.NewView(s.events); len(v.Media) != 2 {
		t.Errorf("%d datagrams", len(v.Media))
	}
}

func TestConsoleAndDevice(t *testing.T) {
	t.Parallel()
	v := judge.NewView(tell().console("32011").device("action", "register").device("settled", "").
		console("13223").device("action", "call").events)
	if got := v.Console(); !slices.Equal(got, []string{"32011", "13223"}) {
		t.Errorf("the console has %v", got)
	}
	if got := v.DeviceSays("action"); len(got) != 2 || got[0].Seq != 1 || got[1].Device.Action != "call" {
		t.Errorf("the device was told %v", got)
	}
	if got := v.DeviceSays("exit"); got != nil {
		t.Errorf("the device ended: %v", got)
	}
}
