package media_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// TestBaresip calls baresip, which has its own SRTP and echoes what it hears: the tone comes back only if each side
// opens what the other seals.
func TestBaresip(t *testing.T) {
	t.Parallel()
	testkit.Program(t, "baresip")
	modules := ""
	for _, dir := range []string{"/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules"} {
		if _, err := os.Stat(filepath.Join(dir, "aubridge.so")); err == nil {
			modules = dir
		}
	}
	if modules == "" {
		t.Skip("baresip is installed without aubridge")
	}
	for _, suite := range []string{
		"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_32",
		"AEAD_AES_128_GCM", "AEAD_AES_256_GCM",
	} {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			p := startBaresip(t, modules)
			p.call(suite)
		})
	}
}

// phone is a baresip that has registered with a SIP server of ours.
type phone struct {
	t      *testing.T
	ctx    context.Context
	server *net.UDPConn
	at     netip.AddrPort
}

func startBaresip(t *testing.T, modules string) *phone {
	ctx := testkit.Context(t)
	server, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	testkit.Started(t, server, err)
	context.AfterFunc(ctx, func() { server.Close() })

	folder := testkit.Folder(t, map[string]string{
		"config": "poll_method epoll\nsip_listen 127.0.0.1:0\nnet_interface 127.0.0.1\nrtp_ports 10000-30000\n" +
			"audio_player aubridge,loop\naudio_source aubridge,loop\naudio_alert aubridge,none\n" +
			"module_path " + modules + "\nmodule g711.so\nmodule aubridge.so\nmodule srtp.so\n" +
			"module_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\n",
		"accounts": "<sip:alice@" + server.LocalAddr().String() + ">;regint=600;mediaenc=srtp-mand;audio_codecs=PCMU/8000/1;answermode=auto\n",
		"contacts": "",
	})
	process := testkit.Command(t, "baresip", "-4", "-f", folder)
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		process.Process.Kill()
		process.Wait()
	})

	p := &phone{t: t, ctx: ctx, server: server}
	head, _ := p.receive("REGISTER ")
	p.send("SIP/2.0 200 OK\r\n" + copied(head) + "Content-Length: 0\r\n\r\n")
	return p
}

// receive returns header and body of the next message that begins with prefix.
func (p *phone) receive(prefix string) (head, body string) {
	p.t.Helper()
	buffer := make([]byte, 1<<16)
	for {
		n, from, err := p.server.ReadFromUDPAddrPort(buffer)
		if err != nil {
			p.t.Fatalf("no %q from baresip: %v", prefix, err)
		}
		p.at = from
		head, body, _ = strings.Cut(string(buffer[:n]), "\r\n\r\n")
		if strings.HasPrefix(head, prefix) {
			return head, body
		}
	}
}

func (p *phone) send(message string) {
	p.t.Helper()
	if _, err := p.server.WriteToUDPAddrPort([]byte(message), p.at); err != nil {
		p.t.Fatal(err)
	}
}

// copied returns the lines that a response copies from its request, and an ACK from the response.
func copied(head string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(head, "\r\n") {
		switch name, _, _ := strings.Cut(line, ":"); name {
		case "Via", "From", "To", "Call-ID", "CSeq":
			b.WriteString(line + "\r\n")
		}
	}
	return b.String()
}

// call offers one suite and waits for the tone to come back.
func (p *phone) call(suite string) {
	t := p.t
	log := observation.NewLog()
	endpoint, err := media.Listen(media.Config{Address: netip.MustParseAddr("127.0.0.1"), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer endpoint.Close()
	key, err := sdes.NewKey(suite, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ours := sdes.Attribute{Tag: 7, Suite: suite, Keys: []sdes.Key{key}}
	offer, err := sdp.Description{Address: endpoint.Addr().Addr(), Streams: []sdp.Stream{{
		Port: endpoint.Port(), Proto: "RTP/SAVP", Formats: []sdp.Format{sdp.PCMU}, Crypto: []string{ours.String()}, PacketTime: 20,
		Direction: sdp.SendRecv,
	}}}.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	via := "Via: SIP/2.0/UDP " + p.server.LocalAddr().String() + ";branch=z9hG4bKinvite"
	p.send(fmt.Sprintf("INVITE sip:alice@%s SIP/2.0\r\n%s\r\nMax-Forwards: 70\r\nFrom: <sip:bob@127.0.0.1>;tag=mock\r\n"+
		"To: <sip:alice@127.0.0.1>\r\n"+
		"Call-ID: call@127.0.0.1\r\nCSeq: 1 INVITE\r\nContact: <sip:bob@%s>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
		p.at, via, p.server.LocalAddr(), len(offer), offer))
	head, body := p.receive("SIP/2.0 ")
	for strings.HasPrefix(head, "SIP/2.0 1") {
		head, body = p.receive("SIP/2.0 ")
	}
	p.send("ACK sip:alice@" + p.at.String() + " SIP/2.0\r\n" + strings.ReplaceAll(copied(head), "1 INVITE", "1 ACK") +
		"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
	if strings.HasPrefix(head, "SIP/2.0 488") {
		t.Skipf("baresip has no %s", suite)
	}

	answer, err := sdp.Parse([]byte(body))
	if err != nil {
		t.Fatalf("%v in the answer to %q", err, head)
	}
	audio := answer.First("audio")
	if audio == nil || audio.Proto != "RTP/SAVP" {
		t.Skipf("baresip has no %s: answered %+v", suite, answer.Media)
	}
	crypto, err := sdes.ParseMedia(audio.Values("crypto"))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := sdes.CheckAnswer([]sdes.Attribute{ours}, crypto)
	if sdes.CauseOf(err) == sdes.TagNotOffered {
		t.Skipf("baresip has no %s, and answers with a suite that was not offered", suite)
	}
	if err != nil {
		t.Fatal(err)
	}
	remote, ok := answer.RTP(audio)
	if !ok {
		t.Fatal("no address in the answer")
	}
	if err := endpoint.Start(media.Session{Remote: remote, Send: media.KeyingOf(ours), Receive: media.KeyingOf(theirs)}); err != nil {
		t.Fatal(err)
	}

	_, err = log.Wait(p.ctx, func(e observation.Event) bool {
		return e.Kind == observation.Media && e.Media.Class == observation.AuthenticRTP &&
			media.DefaultTone-media.ToneTolerance <= e.Media.Tone && e.Media.Tone <= media.DefaultTone+media.ToneTolerance
	})
	if err != nil {
		t.Errorf("the tone never came back: %v", err)
	}
	for _, e := range log.Events() {
		switch m := e.Media; {
		case e.Kind == observation.Playing:
		case m.Class == observation.AuthenticRTP || m.Class == observation.AuthenticRTCP:
		case m.Class == observation.ClearRTCP && m.PayloadType == 204:
			// Before its first packet baresip sends an application packet in clear, to open a NAT.
		case suite == "AES_CM_128_HMAC_SHA1_32" && m.PayloadType >= 192 && m.Diagnosis == media.TagLength:
			// Its library shortens the tag of SRTCP too.
		default:
			t.Errorf("event %d %s: %s %q", e.Seq, e.Text, m.Class, m.Diagnosis)
		}
	}
}
