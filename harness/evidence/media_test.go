package evidence

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// The tones of the two sides of a call.
const deviceTone, vendorTone = 1700, 700

// call returns the events of a call between two endpoints, under a suite, each with a key of its own, that both sides
// describe: until the mock has heard the device's tone.
func secureCall(t *testing.T, suite sdes.Suite) []observation.Event {
	t.Helper()
	log, address := observation.NewLog(), netip.MustParseAddr("127.0.0.1")
	listen := func(log *observation.Log) *media.Endpoint {
		e, err := media.Listen(media.Config{Address: address, Log: log, Wire: true, Interval: 2 * time.Millisecond, ReportInterval: 20 * time.Millisecond})
		testkit.Started(t, e, err)
		return e
	}
	key := func(seed byte) (*media.Keying, string) {
		material := make([]byte, suite.KeySalt())
		for i := range material {
			material[i] = seed + byte(7*i)
		}
		return &media.Keying{Suite: suite.Name, Key: sdes.Key{Material: material}},
			fmt.Sprintf("1 %s inline:%s", suite.Name, base64.StdEncoding.EncodeToString(material))
	}
	ours, offered := key(3)
	theirs, answered := key(101)
	log.Append(observation.Event{Kind: observation.TransportOpen, Conn: "c1", Transport: &observation.TransportInfo{
		Protocol: observation.TLS, Local: mockSIP, Remote: deviceSIP}})
	invite := testkit.Compose("TLS", "INVITE", testkit.SRTP(offered))
	log.Append(observation.Event{Kind: observation.SIP, Conn: "c1", Dir: observation.Out, Bytes: []byte(invite)})
	request, err := sipwire.Parse([]byte(invite))
	if err != nil {
		t.Fatal(err)
	}
	log.Append(observation.Event{Kind: observation.SIP, Conn: "c1", Dir: observation.In,
		Bytes: []byte(testkit.Reply(request, 200, testkit.SRTP(answered)))})
	mock, device := listen(log), listen(observation.NewLog())
	for _, err := range []error{
		mock.Start(media.Session{Remote: device.Addr(), Send: ours, Receive: theirs, Tone: vendorTone}),
		device.Start(media.Session{Remote: mock.Addr(), Send: theirs, Receive: ours, Tone: deviceTone, PayloadType: media.PCMA}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, class := range []observation.MediaClass{observation.AuthenticRTP, observation.AuthenticRTCP} {
		for dir := range map[observation.Direction]bool{observation.In: true, observation.Out: true} {
			testkit.Await(t, log, observation.Media, func(e observation.Event) bool {
				return e.Dir == dir && e.Media.Class == class && (class != observation.AuthenticRTP || dir == observation.Out || e.Media.Tone != 0)
			})
		}
	}
	device.Stop()
	mock.Stop()
	return log.End()
}

// suites are the crypto-suites that package sdes knows.
func suites(t *testing.T) []sdes.Suite {
	t.Helper()
	var all []sdes.Suite
	for _, name := range []string{"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80", "AEAD_AES_256_GCM"} {
		s, known := sdes.LookupSuite(name)
		if !known {
			t.Fatalf("%s is not known", name)
		}
		all = append(all, s)
	}
	return all
}

// TestMediaInClear: the packets of both sides are opened, all of them, and what another key would open is left out and
// counted.
func TestMediaInClear(t *testing.T) {
	t.Parallel()
	for _, suite := range suites(t) {
		t.Run(suite.Name, func(t *testing.T) {
			t.Parallel()
			events := secureCall(t, suite)
			h := listen(events)
			recorded := 0
			for i := range events {
				if events[i].Kind == observation.Media {
					recorded++
				}
			}
			if len(h.packets) != recorded || h.closed+h.foreign != 0 {
				t.Errorf("%d of %d packets are in clear, %d closed, %d foreign", len(h.packets), recorded, h.closed, h.foreign)
			}
			for i := range events {
				if m := events[i].Media; m != nil && events[i].Kind == observation.Media {
					strange := *m
					strange.Class, strange.Key = observation.BadTag, ""
					events[i].Media = &strange
					break
				}
			}
			if h = listen(events); h.closed != 1 || len(h.packets) != recorded-1 {
				t.Errorf("%d packets are in clear of %d, and %d are said to be left out", len(h.packets), recorded, h.closed)
			}
			var names []string
			for _, s := range h.sounds {
				names = append(names, s.name)
			}
			slices.Sort(names)
			if want := []string{"device-1.wav", "vendor-1.wav"}; !slices.Equal(names, want) {
				t.Errorf("the sounds are %q, want %q", names, want)
			}
		})
	}
}

// TestSoundIsTheTone: ffmpeg decodes the WAV files, and what it hears is the tone that each side has played.
func TestSoundIsTheTone(t *testing.T) {
	t.Parallel()
	testkit.Program(t, "ffmpeg")
	dir := t.TempDir()
	files, err := Write(dir, secureCall(t, suites(t)[0]), Options{Extent: Full})
	if err != nil || len(files.Sounds) != 2 {
		t.Fatalf("Write = %+v, %v", files, err)
	}
	for _, name := range files.Sounds {
		cmd := testkit.Command(t, "ffmpeg", "-v", "error", "-i", filepath.Join(dir, name), "-f", "s16le", "-")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		pcm, err := cmd.Output()
		if err != nil || stderr.Len() > 0 {
			t.Fatalf("ffmpeg: %v: %s", err, stderr.String())
		}
		want := float64(vendorTone)
		if strings.HasPrefix(name, "device") {
			want = deviceTone
		}
		if got := frequency(pcm[:400*2]); math.Abs(got-want) > 30 {
			t.Errorf("%s sounds at %.0f Hz, want %.0f", name, got, want)
		}
	}
}

// frequency returns that of a tone in 16-bit samples, by how often it crosses zero.
func frequency(pcm []byte) float64 {
	crossings, first, last := 0, -1, -1
	for i := 2; i+1 < len(pcm); i += 2 {
		before, now := int16(binary.LittleEndian.Uint16(pcm[i-2:])), int16(binary.LittleEndian.Uint16(pcm[i:]))
		if before < 0 && now >= 0 {
			if first < 0 {
				first = i / 2
			} else {
				crossings++
			}
			last = i / 2
		}
	}
	return float64(crossings) * samplesPerSecond / float64(last-first)
}

// TestTsharkReadsMedia: tshark sees RTP and RTCP in the second capture, of both sides, and in the first it does not see
// what is in them.
func TestTsharkReadsMedia(t *testing.T) {
	t.Parallel()
	testkit.Program(t, "tshark")
	events := secureCall(t, suites(t)[0])
	dir := t.TempDir()
	files, err := Write(dir, events, Options{Extent: Full})
	if err != nil {
		t.Fatal(err)
	}
	out, status := testkit.Run(t, testkit.Command(t, "tshark", "-n", "-r", filepath.Join(dir, files.Media), "-o", "rtp.heuristic_rtp:TRUE",
		"-Y", "rtp", "-T", "fields", "-e", "rtp.p_type", "-e", "rtp.payload"))
	if status != 0 {
		t.Fatalf("tshark: %d\n%s", status, out)
	}
	seen := make(map[string]int)
	for line := range strings.Lines(out) {
		if kind, payload, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && len(payload) == 2*160 {
			seen[kind]++
		}
	}
	sent := make(map[string]int)
	for _, p := range listen(events).packets {
		if !p.plain.RTCP {
			sent[fmt.Sprint(p.plain.PayloadType)]++
		}
	}
	if len(sent) != 2 || seen["0"] != sent["0"] || seen["8"] != sent["8"] {
		t.Errorf("tshark sees %v packets of RTP by payload type, want %v", seen, sent)
	}
}

// TestTsharkReadsQuestions: tshark sees the questions about names, and the answers, over both transports.
func TestTsharkReadsQuestions(t *testing.T) {
	t.Parallel()
	server := netip.MustParseAddrPort("127.0.0.53:53")
	// A question about a.test, type A, and the answer to it: 127.0.0.1.
	question := []byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x04test\x00\x00\x01\x00\x01")
	answer := []byte("\x12\x34\x85\x00\x00\x01\x00\x01\x00\x00\x00\x00\x01a\x04test\x00\x00\x01\x00\x01" +
		"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x7f\x00\x00\x01")
	var events []observation.Event
	for _, protocol := range []string{observation.UDP, observation.TCP, observation.TCP} {
		events = append(events, observation.Event{Seq: len(events), Kind: observation.DNS, Dir: observation.In, Conn: protocol, Bytes: question,
			DNS: &observation.DNSInfo{Protocol: protocol, Local: server, Remote: deviceSIP, Name: "a.test.", Type: "A", Reply: answer}})
	}
	got := tshark(t, events, time.Time{}, false, nil, []string{"dns.qry.name", "dns.a"})
	ask, reply := "DNS a.test ", "DNS a.test 127.0.0.1"
	if want := []string{ask, reply, ask, reply, ask, reply}; !slices.Equal(got, want) {
		t.Errorf("tshark sees %q, want %q", got, want)
	}
}

// TestPlay: packets sound when they were sent, gaps are silence, and no clock of a device makes a file long.
func TestPlay(t *testing.T) {
	t.Parallel()
	type packet struct {
		stamp uint32
		came  time.Duration
	}
	for name, test := range map[string]struct {
		packets []packet
		want    int // samples
		cut     bool
		from    int // where the last packet sounds; -1 nowhere
	}{
		"one after the other":       {[]packet{{1000, 0}, {1160, 20 * time.Millisecond}}, 320, false, 160},
		"a gap":                     {[]packet{{1000, 0}, {1480, 60 * time.Millisecond}}, 640, false, 480},
		"out of order":              {[]packet{{1000, 0}, {1320, 40 * time.Millisecond}, {1160, 41 * time.Millisecond}}, 480, false, 160},
		"before the first":          {[]packet{{1000, 0}, {840, time.Millisecond}}, 160, false, -1},
		"timestamps that wrap":      {[]packet{{1<<32 - 160, 0}, {0, 20 * time.Millisecond}}, 320, false, 160},
		"a clock that jumps":        {[]packet{{1000, 0}, {1 << 30, 20 * time.Millisecond}}, 320, false, 160},
		"a clock that jumps back":   {[]packet{{1 << 30, 0}, {1000, 20 * time.Millisecond}}, 320, false, 160},
		"longer than a file may be": {[]packet{{1000, 0}, {1160, time.Hour}}, 160, true, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var packets []plainPacket
			for i, p := range test.packets {
				event := &observation.Event{Kind: observation.Media, Dir: observation.In, At: p.came, Media: &observation.MediaInfo{}}
				packets = append(packets, plainPacket{event: event,
					plain: media.Plain{SSRC: 7, Timestamp: p.stamp, Payload: bytes.Repeat([]byte{byte(i + 1)}, 160)}})
			}
			all := sounds(packets)
			if len(all) != 1 {
				t.Fatalf("there are %d sounds", len(all))
			}
			s, last := all[0], byte(len(test.packets))
			if got := bytes.IndexByte(s.octets, last); len(s.octets) != test.want || s.cut != test.cut || got != test.from {
				t.Errorf("%d samples, cut %v, the last packet from %d on; want %d, %v, %d", len(s.octets), s.cut, got, test.want, test.cut, test.from)
			}
		})
	}
}
