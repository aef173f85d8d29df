package process

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v2"
)

// srtpSuites are the suites of pion/srtp, with the lengths of master key and salt in bytes.
var srtpSuites = map[string]struct {
	profile   srtp.ProtectionProfile
	key, salt int
}{
	"AES_CM_128_HMAC_SHA1_80": {srtp.ProtectionProfileAes128CmHmacSha1_80, 16, 14},
	"AES_CM_128_HMAC_SHA1_32": {srtp.ProtectionProfileAes128CmHmacSha1_32, 16, 14},
	"AEAD_AES_128_GCM":        {srtp.ProtectionProfileAeadAes128Gcm, 16, 12},
	"AEAD_AES_256_GCM":        {srtp.ProtectionProfileAeadAes256Gcm, 32, 12},
}

// party is the vendor's end of a media session with a suite.
type party struct {
	t     *testing.T
	suite string
	key   []byte
	conn  *net.UDPConn
}

func newParty(t *testing.T, at netip.Addr, suite string) *party {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(at, 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	p := &party{t: t, suite: suite, conn: conn, key: make([]byte, srtpSuites[suite].key+srtpSuites[suite].salt)}
	_, _ = rand.Read(p.key)
	return p
}

// description returns the party's session description.
func (p *party) description() string {
	at := netip.MustParseAddrPort(p.conn.LocalAddr().String())
	return strings.Join([]string{
		"v=0", "o=- 1 1 IN IP4 " + at.Addr().String(), "s=-", "c=IN IP4 " + at.Addr().String(), "t=0 0",
		fmt.Sprintf("m=audio %d RTP/SAVP 0", at.Port()), "a=rtpmap:0 PCMU/8000",
		"a=crypto:1 " + p.suite + " inline:" + base64.StdEncoding.EncodeToString(p.key), "",
	}, "\r\n")
}

func (p *party) context(key []byte) *srtp.Context {
	p.t.Helper()
	s := srtpSuites[p.suite]
	if len(key) != s.key+s.salt {
		p.t.Fatalf("a key of %d bytes for %s", len(key), p.suite)
	}
	c, err := srtp.CreateContext(key[:s.key], key[s.key:], s.profile)
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// callIn calls the device at a URI, over a connection that v reads, and waits until the device echoes audio.
func (p *party) callIn(v *vendor, conn io.Writer, uri string) {
	p.t.Helper()
	common := fmt.Sprintf("Max-Forwards: 70\r\nFrom: <sip:+15550100@%s>;tag=vendor\r\nCall-ID: %s@%s\r\n", v.name, p.suite, v.name)
	via := func(branch string) string {
		return fmt.Sprintf("Via: SIP/2.0/TLS %s:5061;branch=z9hG4bK%s\r\n", v.place, branch)
	}
	offer := p.description()
	fmt.Fprintf(conn, "INVITE %s SIP/2.0\r\n%s%sTo: <%s>\r\nCSeq: 1 INVITE\r\nContact: <sip:+15550100@%s:5061;transport=tls>\r\n"+
		"Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", uri, via("invite"), common, uri, v.place, len(offer), offer)
	answer := v.next("SIP/2.0")
	for strings.HasPrefix(answer.first, "SIP/2.0 1") {
		answer = v.next("SIP/2.0")
	}
	if !strings.HasPrefix(answer.first, "SIP/2.0 200 ") {
		p.t.Fatalf("the call was answered with %s", answer.first)
	}
	fmt.Fprintf(conn, "ACK %s SIP/2.0\r\n%s%sTo: %s\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n",
		uri, via("ack"), common, answer.header.Get("To"))
	p.echo(answer.body)
}

// remote reads the media address and the key for the suite from the device's session description.
func (p *party) remote(body string) (netip.AddrPort, []byte) {
	p.t.Helper()
	var host, port string
	var key []byte
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		switch fields := strings.Fields(line); {
		case strings.HasPrefix(line, "c="):
			host = fields[2]
		case strings.HasPrefix(line, "m=audio"):
			port = fields[1]
		case strings.HasPrefix(line, "a=crypto:") && fields[1] == p.suite:
			key, _ = base64.StdEncoding.DecodeString(strings.TrimPrefix(fields[2], "inline:"))
		}
	}
	if key == nil {
		p.t.Fatalf("no %s in\n%s", p.suite, body)
	}
	number, _ := strconv.Atoi(port)
	return netip.AddrPortFrom(netip.MustParseAddr(host), uint16(number)), key
}

// echo sends packets of one sample value under the suite until the device sends that value back.
func (p *party) echo(body string) {
	p.t.Helper()
	const sample = 0x35 // not silence in PCMU
	to, key := p.remote(body)
	out, in := p.context(p.key), p.context(key)
	deadline := time.Now().Add(10 * time.Second)
	packet := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 7}, Payload: make([]byte, 160)}
	for i := range packet.Payload {
		packet.Payload[i] = sample
	}
	buffer := make([]byte, 2048)
	for time.Now().Before(deadline) {
		packet.SequenceNumber++
		packet.Timestamp += 160
		clear, err := packet.Marshal()
		if err != nil {
			p.t.Fatal(err)
		}
		secure, err := out.EncryptRTP(nil, clear, nil)
		if err != nil {
			p.t.Fatal(err)
		}
		_, _ = p.conn.WriteToUDPAddrPort(secure, to) // the device may not listen yet
		_ = p.conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		n, err := p.conn.Read(buffer)
		if err != nil {
			continue // no packet yet, or the port is not open yet
		}
		got, err := in.DecryptRTP(nil, buffer[:n], nil)
		if err != nil {
			p.t.Fatalf("a packet of %d bytes that is not authentic under %s: %v", n, p.suite, err)
		}
		if bytes.Count(got[12:], []byte{sample}) > 80 {
			return
		}
	}
	p.t.Errorf("what was sent under %s never came back", p.suite)
}
