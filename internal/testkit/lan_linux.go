package testkit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A LAN is an Ethernet segment for one test. It and each of its hosts are network namespaces that have no name: only
// the test process holds them open, so they end with the test, or with the process if that is killed. The network
// of the machine is not touched.
//
// A foreign program runs on a host by [Host.Enter], and a function by [Host.Do]. To have all of the test itself on the
// LAN, sockets that any goroutine opens included, begin it with [InOwnNetwork] and plug it in with [LAN.Join].
type LAN struct {
	tb     testing.TB
	ether  *Host // in which the bridge is
	ports  int
	router *Host      // of a LAN behind a NAT
	via    netip.Addr // where the router is; hosts send there what is for elsewhere
}

// NewLAN makes a LAN without hosts. It skips the test where there can be none: that takes root, ip of iproute2,
// nsenter, and a kernel with veth and bridges.
func NewLAN(tb testing.TB) *LAN {
	tb.Helper()
	if os.Geteuid() != 0 {
		tb.Skip("a network of namespaces needs root")
	}
	Program(tb, "ip")
	Program(tb, "nsenter")
	ether, err := newHost(tb)
	if err == nil {
		err = ether.ip("link add name bridge type bridge mcast_snooping 0", "link set bridge up")
	}
	if err != nil {
		tb.Skipf("this machine has no network of namespaces: %v", err)
	}
	return &LAN{tb: tb, ether: ether}
}

// Host adds a host with those addresses, each with the length of its network: "192.0.2.7/24", "2001:db8::7/64". They can
// be bound at once. Behind a NAT the router is its gateway; otherwise the host reaches what is on the LAN.
func (l *LAN) Host(addresses ...string) *Host {
	l.tb.Helper()
	h, err := newHost(l.tb)
	if err == nil {
		err = l.plug(h, "eth0", addresses)
	}
	if err != nil {
		l.tb.Fatalf("adding a host to the LAN: %v", err)
	}
	return h
}

// Join plugs this process in, with those addresses. The test must have begun with [InOwnNetwork].
func (l *LAN) Join(addresses ...string) {
	l.tb.Helper()
	if os.Getenv(ownNetwork) == "" {
		l.tb.Fatal("Join would change the network of the machine: begin the test with InOwnNetwork")
	}
	here := &Host{tb: l.tb, path: fmt.Sprintf("/proc/%d/ns/net", os.Getpid())}
	if err := l.plug(here, "eth0", addresses); err != nil {
		l.tb.Fatalf("joining the LAN: %v", err)
	}
}

// NAT adds a router with the address outside on this LAN, behind which is a LAN of its own, where the router has the
// address inside. What hosts there send to this LAN comes from outside, from a port of the router's choice for each
// destination; nobody here reaches them before that, but see [LAN.Forward]. It skips the test where nftables is not
// installed.
func (l *LAN) NAT(outside, inside string) *LAN {
	l.tb.Helper()
	Program(l.tb, "nft")
	behind := NewLAN(l.tb)
	router := l.Host(outside)
	err := behind.plug(router, "eth1", []string{inside})
	if err == nil {
		err = router.Do(func() error {
			return errors.Join(set("net/ipv4/ip_forward", "1"), set("net/ipv6/conf/all/forwarding", "1"))
		})
	}
	if err == nil {
		err = router.nft(`table inet lan {
			chain arriving { type nat hook prerouting priority dstnat; }
			chain leaving { type nat hook postrouting priority srcnat; oifname "eth0" masquerade random; }
		}`)
	}
	if err != nil {
		l.tb.Fatalf("setting up a NAT: %v", err)
	}
	behind.router, behind.via = router, netip.MustParsePrefix(inside).Addr()
	return behind
}

// Forward has the router of a LAN behind a NAT pass everything that comes to its address outside on to an address inside,
// as a port forwarding of all ports does. What the host there sends keeps its ports.
func (l *LAN) Forward(to netip.Addr) {
	l.tb.Helper()
	family := "ip"
	if to.Is6() {
		family = "ip6"
	}
	err := l.router.nft(fmt.Sprintf("add rule inet lan arriving iifname eth0 dnat %s to %s\n"+
		"insert rule inet lan leaving oifname eth0 %s saddr %s masquerade\n", family, to, family, to))
	if err != nil {
		l.tb.Fatalf("forwarding ports: %v", err)
	}
}

// plug connects a host's interface of that name to the bridge.
func (l *LAN) plug(h *Host, name string, addresses []string) error {
	l.ports++
	port := "port" + strconv.Itoa(l.ports)
	err := l.ether.ip(
		fmt.Sprintf("link add name %s type veth peer name %s netns %s", port, name, h.path),
		fmt.Sprintf("link set %s master bridge up", port))
	if err != nil {
		return err
	}
	lines := []string{"link set lo up", "link set " + name + " up"}
	for _, text := range addresses {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return err
		}
		h.addresses = append(h.addresses, p.Addr())
		line := "address add " + text + " dev " + name
		if p.Addr().Is6() {
			line += " nodad" // the detection of duplicates would keep it from being bound for a second or two
		}
		lines = append(lines, line)
	}
	if l.via.IsValid() {
		lines = append(lines, "route add default via "+l.via.String())
	}
	if err := h.ip(lines...); err != nil {
		return err
	}
	return l.forwards(port)
}

// forwards returns when the bridge forwards what comes to a port: the kernel notices only then that the cable is in, and
// what is sent before that is lost.
func (l *LAN) forwards(port string) error {
	for limit := time.Now().Add(Patience); time.Now().Before(limit); {
		state, err := l.ether.feed("", "ip", "-details", "-oneline", "link", "show", "dev", port)
		if err != nil || strings.Contains(state, "state forwarding") {
			return err
		}
	}
	return fmt.Errorf("the bridge does not forward what comes to %s", port)
}

// A Host is a network namespace on a [LAN].
type Host struct {
	tb        testing.TB
	path      string   // of the namespace
	space     *os.File // holds it open; nil for that of this process
	addresses []netip.Addr
	resolver  string // a file for /etc/resolv.conf, empty for that of the machine
}

// newHost makes a namespace that ends with the test.
func newHost(tb testing.TB) (*Host, error) {
	h := &Host{tb: tb}
	err := onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("making a network namespace: %w", err)
		}
		// Link-local addresses shall be there at once, as the others are. Where this cannot be set, they come a little later.
		_ = set("net/ipv6/conf/default/accept_dad", "0")
		var err error
		h.space, err = os.Open(threadSpace)
		return err
	})
	if err != nil {
		return nil, err
	}
	h.path = fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), h.space.Fd())
	tb.Cleanup(func() { h.space.Close() })
	return h, nil
}

// Addr returns the first address of the host.
func (h *Host) Addr() netip.Addr { return h.addresses[0] }

// Enter has a command that has not been started run on the host, and returns it. End it before the test ends, as the
// commands of [Command] do: it holds the host open.
func (h *Host) Enter(cmd *exec.Cmd) *exec.Cmd {
	args := []string{"nsenter", "--net=" + h.path, "--"}
	if h.resolver != "" {
		const program = `mount --bind "$0" /etc/resolv.conf && exec "$@"`
		args = append(args, "unshare", "--mount", "sh", "-c", program, h.resolver)
	}
	cmd.Args = append(append(args, cmd.Path), cmd.Args[1:]...)
	cmd.Path = Program(h.tb, "nsenter")
	return cmd
}

// Resolve has programs that enter the host from now on find that name server in /etc/resolv.conf, at port 53.
func (h *Host) Resolve(server netip.Addr) {
	h.tb.Helper()
	h.resolver = h.tb.TempDir() + "/resolv.conf"
	if err := os.WriteFile(h.resolver, []byte("nameserver "+server.String()+"\n"), 0o644); err != nil {
		h.tb.Fatal(err)
	}
}

// Do calls f on the host: a socket that f itself opens is there, and stays there afterwards. One that another goroutine
// opens for f is not. f must not end the test.
func (h *Host) Do(f func() error) error {
	return onThread(func() error {
		if err := unix.Setns(int(h.space.Fd()), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("entering a network namespace: %w", err)
		}
		return f()
	})
}

// Chromium is [Chromium] on the host, for pages of those hosts.
func (h *Host) Chromium(reach ...netip.Addr) *Browser {
	h.tb.Helper()
	at := place{enter: h.Enter, dial: h.dial}
	for _, host := range reach {
		at.reach = append(at.reach, host.String())
	}
	return chromium(h.tb, at)
}

// dial opens a connection from the host.
func (h *Host) dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	err = h.Do(func() (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, network, address)
		return err
	})
	return conn, err
}

// ip has iproute2 do that on the host, a command a line.
func (h *Host) ip(lines ...string) error {
	_, err := h.feed(strings.Join(lines, "\n"), "ip", "-batch", "-")
	return err
}

// nft has nftables do that on the host.
func (h *Host) nft(rules string) error {
	_, err := h.feed(rules, "nft", "-f", "-")
	return err
}

// feed runs a program on the host that reads input, and returns what it printed.
func (h *Host) feed(input, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	cmd := h.Enter(exec.CommandContext(ctx, Program(h.tb, name), args...))
	cmd.Stdin = strings.NewReader(input)
	output, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, err, output)
	}
	return string(output), nil
}

// threadSpace is the network namespace of the thread that opens it.
const threadSpace = "/proc/thread-self/ns/net"

// onThread calls f on a thread of its own, which may leave its network namespace.
func onThread(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		here, err := os.Open(threadSpace)
		if err != nil {
			done <- err
			return
		}
		defer here.Close()
		err = f()
		// A thread that cannot come back is not unlocked, so that it ends with this goroutine.
		if back := unix.Setns(int(here.Fd()), unix.CLONE_NEWNET); back == nil {
			runtime.UnlockOSThread()
		}
		done <- err
	}()
	return <-done
}

// set writes a setting of the kernel for the namespace of the calling thread.
func set(name, value string) error { return os.WriteFile("/proc/sys/"+name, []byte(value), 0) }
