package media

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestParsePortRange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, problem string
		want          PortRange
		pairs         int
	}{
		{"40000-40999", "", PortRange{40000, 40999}, 500},
		{" 40001 - 40004 ", "", PortRange{40001, 40004}, 1},
		{"65534-65535", "", PortRange{65534, 65535}, 1},
		{"1-65535", "", PortRange{1, 65535}, 32767},
		{"", "write the first and the last, such as 40000-40999", PortRange{}, 0},
		{"40000", "write the first and the last", PortRange{}, 0},
		{"40000:40999", "write the first and the last", PortRange{}, 0},
		{"40000-x", `"x" is no port`, PortRange{}, 0},
		{"-40000", `"" is no port`, PortRange{}, 0},
		{"0-100", `"0" is no port`, PortRange{}, 0},
		{"40000-70000", `"70000" is no port`, PortRange{}, 0},
		{"40999-40000", "ends before it begins", PortRange{}, 0},
		{"40001-40002", "no even port that the next one follows", PortRange{}, 0},
		{"40000-40000", "no even port that the next one follows", PortRange{}, 0},
		{"65535-65535", "no even port that the next one follows", PortRange{}, 0},
	} {
		got, err := ParsePortRange(c.text)
		switch {
		case c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)):
			t.Errorf("%q: got %v, want an error with %q", c.text, err, c.problem)
		case c.problem == "" && (err != nil || got != c.want || got.Pairs() != c.pairs):
			t.Errorf("%q: got %v with %d pairs, %v; want %d", c.text, got, got.Pairs(), err, c.pairs)
		case c.problem == "":
			if again, err := ParsePortRange(got.String()); err != nil || again != got {
				t.Errorf("%v is written %q", got, got.String())
			}
		}
	}
}

// FuzzParsePortRange: every range that is taken has a pair, and all its pairs are in it.
func FuzzParsePortRange(f *testing.F) {
	f.Add("40000-40999", uint32(7))
	f.Add("65533-65535", uint32(1<<32-1))
	f.Add("1-2", uint32(0))
	f.Fuzz(func(t *testing.T, text string, number uint32) {
		r, err := ParsePortRange(text)
		if err != nil {
			return
		}
		even := r.pair(number)
		if even%2 != 0 || even < r.First || even+1 > r.Last {
			t.Errorf("%q: the pair %d begins with %d", text, number, even)
		}
	})
}

// TestPortsOfARange: endpoints take the pairs of a range in turn, also further ones, and when all are taken the machine is
// short of ports.
func TestPortsOfARange(t *testing.T) {
	t.Parallel()
	ports, turn := PortRange{41001, 41008}, NewTurn(1) // pairs 41002, 41004, 41006; the second has its turn
	address := netip.MustParseAddr("127.1.7.1")        // where nothing else is
	listen := func(log *observation.Log) (*Endpoint, error) {
		return Listen(Config{Address: address, Ports: ports, Turn: turn, Log: log})
	}
	log := observation.NewLog()
	first, err := listen(log)
	testkit.Started(t, first, err)
	if rtp, rtcp := first.Ports(); rtp != 41004 || rtcp != 41005 {
		t.Fatalf("the ports are %d and %d", rtp, rtcp)
	}
	second, err := listen(log)
	testkit.Started(t, second, err)
	if second.Port() != 41006 {
		t.Errorf("the second has %d", second.Port())
	}
	first.Close()
	third, err := listen(log)
	testkit.Started(t, third, err)
	if third.Port() != 41002 {
		t.Errorf("the third has %d: 41004, which was just closed, comes later", third.Port())
	}
	if aside, err := third.Aside(); err != nil || aside != 41004 {
		t.Errorf("the port aside is %d, %v", aside, err)
	}
	if err := third.Move(); observation.Shortage(err) != observation.OutOfPorts {
		t.Errorf("moving: %v", err)
	}
	if _, err := listen(log); observation.Shortage(err) != observation.OutOfPorts || !strings.Contains(err.Error(), "41001-41008 of 127.1.7.1 are all taken") {
		t.Errorf("a fourth: %v", err)
	}
	if fault := testkit.Await(t, log, observation.Fault, nil); fault.Fault != observation.OutOfPorts {
		t.Errorf("the fault is %s", fault.Fault)
	}
	if _, err := Listen(Config{Address: address, Ports: PortRange{5, 4}, Log: log}); err == nil || errors.Is(err, ErrClosed) {
		t.Errorf("a range that is none: %v", err)
	}
}
