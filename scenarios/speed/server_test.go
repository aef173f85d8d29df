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

// asServer is the environment variable that makes this program the mock's
// server: its files and suite, with commas between.
const asServer = "SIPCONFORM_SPEED_SERVER"

func TestMain(m *testing.M) {
	if arguments := os.Getenv(asServer); arguments != "" {
		fmt.Fprintln(os.Stderr, runMock(strings.Split(arguments, ",")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// mockServer returns the command that runs this program as the mock's server, in its own process like s_server.
func mockServer(certFile, keyFile string, suite uint16) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s,%s,%d", asServer, certFile, keyFile, suite))
	return cmd
}

// runMock serves handshakes as the mocks do, with a tap, until it is killed.
func runMock(arguments []string) error {
	certificate, err := tls.LoadX509KeyPair(arguments[0], arguments[1])
	if err != nil {
		return err
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
