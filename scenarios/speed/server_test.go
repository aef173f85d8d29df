//go:build unix

package speed

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// asServer is the environment variable that makes this program the mock's server. It holds the files of the certificate
// and its key, and the suite, or "calls" for a server of calls, separated by commas.
const asServer = "SIPCONFORM_SPEED_SERVER"

func TestMain(m *testing.M) {
	if arguments := os.Getenv(asServer); arguments != "" {
		fmt.Fprintln(os.Stderr, runMock(strings.Split(arguments, ",")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// mockServer returns the command that runs this program as the mock's server, in its own process like s_server.
func mockServer(certFile, keyFile, what string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s,%s,%s", asServer, certFile, keyFile, what))
	return cmd
}

// runMock serves as the mocks do until it is killed: handshakes, with a tap, or calls.
func runMock(arguments []string) error {
	certificate, err := tls.LoadX509KeyPair(arguments[0], arguments[1])
	if err != nil {
		return err
	}
	if arguments[2] == "calls" {
		return runCalls(certificate)
	}
	suite, err := strconv.ParseUint(arguments[2], 10, 16)
	if err != nil {
		return err
	}
	rules := tlspeer.Rules{
		MinVersion: tlspeer.TLS12, MaxVersion: tlspeer.TLS12,
		Suites: []uint16{uint16(suite)}, Groups: []uint16{uint16(tls.X25519)}, Certificate: certificate,
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("ACCEPT", l.Addr())
	for {
		raw, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
			defer cancel()
			conn, err := tlspeer.Server(ctx, raw, rules, &tlspeer.Tap{Log: observation.NewLog(), Conn: "c1", Wire: true})
			if err != nil {
				return // the client reports the error
			}
			conn.Read(make([]byte, 1)) // until the client closes
			conn.Close()
		}()
	}
}
