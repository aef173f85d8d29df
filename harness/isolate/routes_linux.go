package isolate

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Priorities of routing rules. The kernel takes the first that fits: what sessions may reach, then that they reach nothing else,
// and then what holds for everybody, which has priority 0 on every Linux.
const (
	priorityEverybody = 0
	priorityAllowed   = 10
	priorityOthers    = 20
	priorityMoved     = 30
)

// rule is a routing rule (ip-rule(8)) for the users of sessions, or for everybody.
type rule struct {
	family       byte
	priority     uint32
	to           netip.Prefix // where to; anywhere if it is not valid
	first, last  uint32       // users; 0 for everybody
	reachesLocal bool         // the rule allows what is local; otherwise nothing is reached
}

// divideNetwork bars the users of sessions from everything but 127.0.0.1 and the name server.
func divideNetwork() error {
	rules := []rule{{family: unix.AF_INET, priority: priorityMoved, reachesLocal: true}}
	for _, shared := range []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), Nameserver().Addr()} {
		rules = append(rules, rule{family: unix.AF_INET, priority: priorityAllowed, to: netip.PrefixFrom(shared, shared.BitLen()),
			first: firstUser, last: firstUser + users - 1, reachesLocal: true})
	}
	rules = append(rules, rule{family: unix.AF_INET, priority: priorityOthers, first: firstUser, last: firstUser + users - 1},
		rule{family: unix.AF_INET6, priority: priorityMoved, reachesLocal: true},
		rule{family: unix.AF_INET6, priority: priorityOthers, first: firstUser, last: firstUser + users - 1})
	for _, r := range rules {
		err := r.change(unix.RTM_NEWRULE)
		if errors.Is(err, unix.EEXIST) || r.family == unix.AF_INET6 && errors.Is(err, unix.EAFNOSUPPORT) {
			continue
		}
		if err != nil {
			return err
		}
	}
	for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
		err := rule{family: family, priority: priorityEverybody, reachesLocal: true}.change(unix.RTM_DELRULE)
		if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EAFNOSUPPORT) {
			return err
		}
	}
	return nil
}

// guests counts the sessions of each user, for one user may have several.
type guests struct {
	mu    sync.Mutex
	count map[int]int
}

// admit lets a user reach a network.
func (g *guests) admit(user int, network netip.Prefix) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.count[user] == 0 && network.IsValid() {
		if err := pass(user, network).change(unix.RTM_NEWRULE); err != nil && !errors.Is(err, unix.EEXIST) {
			return err
		}
	}
	if g.count == nil {
		g.count = make(map[int]int)
	}
	g.count[user]++
	return nil
}

// dismiss ends what admit began.
func (g *guests) dismiss(user int, network netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.count[user]--; g.count[user] == 0 && network.IsValid() {
		_ = pass(user, network).change(unix.RTM_DELRULE) // the user has no process any more
	}
}

func pass(user int, network netip.Prefix) rule {
	return rule{family: unix.AF_INET, priority: priorityAllowed, to: network, first: uint32(user), last: uint32(user), reachesLocal: true}
}

// userOf returns the number of a session's user after firstUser. Sessions that run at the same time have different networks.
func userOf(network netip.Prefix) int {
	if !network.IsValid() || !network.Addr().Is4() {
		return 0
	}
	octets := network.Addr().As4()
	return int(octets[1])<<8 | int(octets[2])
}

// change adds or deletes the rule, by RTM_NEWRULE or RTM_DELRULE of rtnetlink(7).
func (r rule) change(message uint16) error {
	const (
		headerSize, hdrSize                  = 16, 12 // of nlmsghdr and fib_rule_hdr
		attrDst, attrPriority, attrUserRange = 1, 6, unix.FRA_UID_RANGE
		toTable                              = 1 // FR_ACT_TO_TBL
	)
	body := make([]byte, hdrSize)
	body[0], body[7] = r.family, unix.FR_ACT_UNREACHABLE
	if r.reachesLocal {
		body[4], body[7] = unix.RT_TABLE_LOCAL, toTable
	}
	body = attribute(body, attrPriority, binary.NativeEndian.AppendUint32(nil, r.priority))
	if r.to.IsValid() {
		body[1] = byte(r.to.Bits())
		body = attribute(body, attrDst, r.to.Masked().Addr().AsSlice())
	}
	if r.first != 0 {
		body = attribute(body, attrUserRange, binary.NativeEndian.AppendUint32(binary.NativeEndian.AppendUint32(nil, r.first), r.last))
	}
	flags := uint16(unix.NLM_F_REQUEST | unix.NLM_F_ACK)
	if message == unix.RTM_NEWRULE {
		flags |= unix.NLM_F_CREATE | unix.NLM_F_EXCL
	}
	head := binary.NativeEndian.AppendUint32(nil, uint32(headerSize+len(body)))
	head = binary.NativeEndian.AppendUint16(head, message)
	head = binary.NativeEndian.AppendUint16(head, flags)
	return ask(append(append(head, make([]byte, 8)...), body...))
}

// attribute appends an attribute, which begins at a multiple of four.
func attribute(to []byte, kind uint16, value []byte) []byte {
	to = binary.NativeEndian.AppendUint16(to, uint16(4+len(value)))
	to = append(binary.NativeEndian.AppendUint16(to, kind), value...)
	return append(to, make([]byte, (4-len(value)%4)%4)...)
}

// ask sends a request to the kernel and returns its answer.
func ask(request []byte) error {
	socket, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	if err := unix.Sendto(socket, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, 4096)
	n, _, err := unix.Recvfrom(socket, answer, 0)
	if err != nil {
		return err
	}
	if n < 20 || binary.NativeEndian.Uint16(answer[4:]) != unix.NLMSG_ERROR {
		return errors.New("the kernel's answer is no acknowledgement")
	}
	if code := int32(binary.NativeEndian.Uint32(answer[16:])); code != 0 {
		return syscall.Errno(-code)
	}
	return nil
}
