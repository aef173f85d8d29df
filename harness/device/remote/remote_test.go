package remote_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/harness/device/remote"
	"github.com/sipconform/sipconform/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const secret = "0123456789abcdef"

// serve serves a program, and returns where, and what the server said so far.
func serve(t *testing.T, command ...string) (address string, said func() string) {
	t.Helper()
	testkit.Program(t, command[0])
	l, err := net.Listen("tcp", testkit.Loopback.String())
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var lines []string
	s := &remote.Server{Secret: secret, Command: command, Say: func(text string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, text)
	}}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := testkit.Receive(t, ended, "the end of the server"); err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String(), func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(slices.Clone(lines), "\n")
	}
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TestLetsIn: whoever knows the secret talks to the program, one connection after the other.
func TestLetsIn(t *testing.T) {
	t.Parallel()
	address, said := serve(t, "cat")
	for range 2 {
		conn := dial(t, address)
		io.WriteString(conn, secret+"\nhello\n")
		if line, err := bufio.NewReader(conn).ReadString('\n'); line != "hello\n" {
			t.Fatalf("the program says %q, %v", line, err)
		}
		conn.Close()
	}
	if text := said(); strings.Contains(text, secret) {
		t.Errorf("the server tells the secret: %s", text)
	}
}

// TestKeepsOut: whoever does not know the secret gets nothing.
func TestKeepsOut(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]string{
		"wrong": "0123456789abcdeF\n", "empty": "\n", "shorter": secret[:15] + "\n", "longer": secret + "0\n", "endless": strings.Repeat("a", 4096),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, said := serve(t, "cat")
			conn := dial(t, address)
			io.WriteString(conn, first+"hello\n")
			if got, _ := io.ReadAll(conn); len(got) > 0 {
				t.Errorf("it is told %q", got)
			}
			if text := said(); !strings.Contains(text, "does not know the secret") {
				t.Errorf("the server says %q", text)
			}
		})
	}
}

// TestProgramEnds: the connection ends with the program, and the program with the connection.
func TestProgramEnds(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, "sh", "-c", "echo bye")
	conn := dial(t, address)
	io.WriteString(conn, secret+"\n")
	if got, _ := io.ReadAll(conn); string(got) != "bye\n" {
		t.Errorf("it is told %q", got)
	}
	stubborn, _ := serve(t, "sh", "-c", "trap '' TERM; echo there; while read -r line; do :; done; sleep 3600 & wait")
	first := dial(t, stubborn)
	io.WriteString(first, secret+"\n")
	if line, _ := bufio.NewReader(first).ReadString('\n'); line != "there\n" {
		t.Fatalf("the program says %q", line)
	}
	first.Close() // its program is killed after a while, and the next is let in
	second := dial(t, stubborn)
	io.WriteString(second, secret+"\n")
	if line, _ := bufio.NewReader(second).ReadString('\n'); line != "there\n" {
		t.Errorf("the next program says %q", line)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for given, sound := range map[string]bool{secret: true, "short": false, strings.Repeat("a", 257): false, secret + "\nmore": false} {
		if err := remote.Check(given); (err == nil) != sound {
			t.Errorf("%q: %v", given, err)
		}
	}
}
