package edge

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
)

// TestRestart checks that a change of the lowest version closes what is open, and holds from the next connection on.
func TestRestart(t *testing.T) {
	t.Parallel()
	s := serve(t, "cisco-ucm", nil)
	own := deviceCertificate(t, s)
	address := s.Addresses()[observation.TLS].String()
	showing := testkit.Showing(t, own.TLS())
	connect := func(args ...string) string { return testkit.SClient(t, address, "", append(args, showing...)...) }
	if out := connect("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"); !strings.Contains(out, "Server certificate\n-----BEGIN") {
		t.Fatalf("TLS 1.1 is not taken\n%s", out)
	}
	held, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{own.TLS()}})
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := s.Restart(map[string]string{profile.TLSMin: "TLS 1.2"}); err != nil {
		t.Fatal(err)
	}
	if _, err := held.Read(make([]byte, 1)); err == nil {
		t.Error("a connection is left")
	}
	if out := connect("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"); !strings.Contains(out, "alert protocol version") {
		t.Errorf("TLS 1.1 is still taken\n%s", out)
	}
	if out := connect("-tls1_2"); !strings.Contains(out, "Server certificate\n-----BEGIN") {
		t.Errorf("TLS 1.2 is not taken\n%s", out)
	}
	if s.Settings()[profile.TLSMin] != "TLS 1.2" {
		t.Errorf("settings %v", s.Settings())
	}
}

// TestRestartMark: a device that comes back as soon as it can comes behind the mark of the restart in the log.
func TestRestartMark(t *testing.T) {
	t.Parallel()
	s := serve(t, "cisco-ucm", map[string]string{"security_mode": "non-secure"})
	address := s.Addresses()[observation.TCP].String()
	ctx, cancel := context.WithCancel(testkit.Context(t))
	var device sync.WaitGroup
	device.Go(func() {
		for ctx.Err() == nil {
			if conn, err := net.Dial("tcp", address); err == nil {
				stop := context.AfterFunc(ctx, func() { conn.Close() })
				conn.Read(make([]byte, 1)) // until the vendor goes away
				stop()
				conn.Close()
			}
		}
	})
	defer device.Wait()
	defer cancel()
	from := 0
	for range 50 {
		from = testkit.AwaitFrom(t, s.Log, from, observation.TransportOpen, nil).Seq
		if err := s.Restart(nil); err != nil {
			t.Fatal(err)
		}
		from = testkit.AwaitFrom(t, s.Log, from, observation.Stage, nil).Seq
	}
}
