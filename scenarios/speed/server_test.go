//go:build unix

package speed

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// asServer is the environment variable that makes this program the mock's server. It
// holds the files and the suite, separated by commas.
const asServer = "SIPCONFORM_SPEED_SERVER"

func TestMain(m *testing.M) {
	if arguments := os.Getenv(asServer); arguments != "" {
		fmt.Fprintln(os.Stderr, runMock(strings.Split(arguments, ",")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// mockServer returns the command that runs this program as the mock's server. A separate
// process makes it comparable with s_server.
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
			ctx, cancel := context.WithTimeout(context.Background(), handshakeTimeout)
			defer cancel()
			conn, err := tlspeer.Server(ctx, raw, rules, &tlspeer.Tap{Log: observation.NewLog(), Conn: "c1", Wire: true})
			if err != nil {
				return // the client reports it
			}
			conn.Read(make([]byte, 1)) // until the client hangs up
			conn.Close()
		}()
	}
}

// server is a process that serves handshakes.
type server struct {
	address string
	cmd     *exec.Cmd
	stdin   io.Closer // s_server ends when its standard input ends
	drained chan struct{}
}

// serve starts a server, a program that prints "ACCEPT address" when it listens.
func serve(b *testing.B, cmd *exec.Cmd) *server {
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	s := &server{cmd: cmd, stdin: stdin, drained: make(chan struct{})}
	b.Cleanup(func() { s.stop() })
	address := make(chan string, 1)
	go func() {
		defer close(s.drained)
		defer close(address)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if at, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok {
				address <- at
				break
			}
		}
		io.Copy(io.Discard, stdout)
	}()
	select {
	case s.address = <-address:
	case <-time.After(handshakeTimeout):
	}
	if s.address == "" {
		b.Fatalf("%s serves nothing", cmd)
	}
	return s
}

// stop ends the server and returns the processor time that it used. It may be called
// again.
func (s *server) stop() time.Duration {
	if s.cmd.ProcessState == nil {
		s.cmd.Process.Kill()
		<-s.drained
		s.cmd.Wait()
		s.stdin.Close()
	}
	return s.cmd.ProcessState.UserTime() + s.cmd.ProcessState.SystemTime()
}
