package edge

import (
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// TestDeviceLists has the vendor call a server whose certificate names a revocation list. It reads the list where it is
// set to, after everything else, and takes the certificate if there is no list to be had.
func TestDeviceLists(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		setting string
		revoked bool
		host    string
		status  int
		stranger,
		fetched bool
		want []string
	}{
		"revoked":              {"on", true, deviceHost, 200, false, true, []string{certs.CauseRevoked}},
		"clean":                {"on", false, deviceHost, 200, false, true, nil},
		"not looked at":        {"off", true, deviceHost, 200, false, false, nil},
		"not there":            {"on", true, deviceHost, 404, false, true, nil},
		"signed by a stranger": {"on", true, deviceHost, 200, true, true, nil},
		"refused for its name": {"on", true, "other.customer.test", 200, false, false, []string{certs.CauseNameMismatch}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "genesys-byoc-cloud", map[string]string{vendor.DeviceRevocation: test.setting})
			var list []byte
			asked := make(chan struct{}, 4)
			lists := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked <- struct{}{}
				w.WriteHeader(test.status)
				_, _ = w.Write(list)
			}))
			t.Cleanup(lists.Close)
			shown, err := s.DeviceAuthority.Issue(certs.Leaf{
				DNSNames: []string{deviceHost}, Key: certs.RSA2048, CRLDistributionPoints: []string{lists.URL},
			})
			if err != nil {
				t.Fatal(err)
			}
			var revoked []*certs.Credential
			if test.revoked {
				revoked = append(revoked, shown)
			}
			list, err = s.DeviceAuthority.CRL(revoked...)
			if test.stranger {
				stranger, made := certs.NewForge(7).Hierarchy(certs.Hierarchy{Name: "stranger"})
				if made != nil {
					t.Fatal(made)
				}
				list, err = stranger.CRL(revoked...)
			}
			if err != nil {
				t.Fatal(err)
			}
			h := called(t, s, Outbound{User: "alice", Caller: "+15550100", Address: sServer(t, shown), Host: test.host})
			if !slices.Equal(h.Rejected, test.want) || h.Complete != (test.want == nil) {
				t.Errorf("rejected for %q (%s), want %q", h.Rejected, h.Error, test.want)
			}
			if fetched := len(asked) > 0; fetched != test.fetched {
				t.Errorf("fetched %v, want %v", fetched, test.fetched)
			}
		})
	}
}

// emptyList returns an authority, and a list of its that revokes nothing.
func emptyList(t testing.TB) (*certs.PKI, []byte) {
	pki, err := certs.NewForge(7).Hierarchy(certs.Hierarchy{Name: "lists"})
	if err != nil {
		t.Fatal(err)
	}
	der, err := pki.CRL()
	if err != nil {
		t.Fatal(err)
	}
	return pki, der
}

// TestReadList: a list counts only if an issuer has signed it and it is current.
func TestReadList(t *testing.T) {
	t.Parallel()
	pki, der := emptyList(t)
	issuers := []*x509.Certificate{pki.Root, pki.Intermediate}
	if _, err := readList(der, issuers, time.Now()); err != nil {
		t.Error(err)
	}
	if _, err := readList(der, issuers, time.Now().AddDate(100, 0, 0)); err == nil {
		t.Error("a list out of date is used")
	}
	if _, err := readList(der, nil, time.Now()); err == nil {
		t.Error("a list of nobody's is used")
	}
}

// FuzzReadList: whatever a server sends for a list, it is read or refused.
func FuzzReadList(f *testing.F) {
	pki, der := emptyList(f)
	f.Add(der)
	f.Add([]byte("no list"))
	f.Fuzz(func(t *testing.T, der []byte) {
		if list, err := readList(der, []*x509.Certificate{pki.Root}, time.Now()); (list == nil) == (err == nil) {
			t.Errorf("list %v, error %v", list, err)
		}
	})
}

// TestCallInClear has the vendor call a listener over TCP, as a caller does that does not use the trunk's transport.
func TestCallInClear(t *testing.T) {
	t.Parallel()
	s := serve(t, "genesys-byoc-cloud", nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			close(got)
			return
		}
		defer conn.Close()
		first := make([]byte, len("INVITE sip:alice@"+deviceHost+";transport=tcp"))
		_, _ = conn.Read(first)
		got <- string(first)
	}()
	defer l.Close()
	at := l.Addr().(*net.TCPAddr).AddrPort()
	o := Outbound{User: "alice", Caller: "+15550100", Address: at, Host: deviceHost, Over: observation.TCP}
	if _, err := s.Call(testkit.Context(t), o); err == nil {
		t.Error("a call that nobody took")
	}
	if first := <-got; first != "INVITE sip:alice@"+deviceHost+";transport=tcp" {
		t.Errorf("the listener got %q", first)
	}
}
