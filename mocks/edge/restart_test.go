package edge

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

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

// TestRestartMark: a device that comes back at once comes behind the mark of the restart in the log, and not before it.
func TestRestartMark(t *testing.T) {
	t.Parallel()
	s := serve(t, "cisco-ucm", map[string]string{"security_mode": "non-secure"})
	address := s.Addresses()[observation.TCP].String()
	for range 50 {
		held, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		from := testkit.Await(t, s.Log, observation.TransportOpen, func(e observation.Event) bool {
			return e.Transport.Remote.String() == held.LocalAddr().String()
		}).Seq
		back := make(chan net.Conn, 1)
		go func() {
			held.Read(make([]byte, 1)) // until the vendor goes away
			for deadline := time.Now().Add(testkit.Patience); time.Now().Before(deadline); {
				if conn, err := net.Dial("tcp", address); err == nil {
					back <- conn
					return
				}
			}
			close(back)
		}()
		if err := s.Restart(nil); err != nil {
			t.Fatal(err)
		}
		conn := testkit.Receive(t, back, "a connection after the restart")
		came := testkit.AwaitFrom(t, s.Log, from+1, observation.TransportOpen, nil)
		if mark := testkit.AwaitFrom(t, s.Log, from+1, observation.Stage, nil); mark.Seq > came.Seq {
			t.Fatalf("the connection is event %d, the restart %d", came.Seq, mark.Seq)
		}
		held.Close()
		conn.Close()
	}
}
