package sipagent

import (
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// silent discards sipgo's own log: the observations have what matters.
var silent = slog.New(slog.DiscardHandler)

// carried returns a request in the form for a state machine: a method, a CSeq, and the message itself as the body.
func carried(link *Link, method string, number uint32, message []byte) *sip.Request {
	r := sip.NewRequest(sip.RequestMethod(method), sip.Uri{})
	r.AppendHeader(&sip.CSeqHeader{SeqNo: number, MethodName: sip.RequestMethod(method)})
	r.SetTransport(strings.ToUpper(link.Protocol))
	r.SetBody(message)
	return r
}

// carriedResponse is like carried for a response: a status, and the message itself as the body.
func carriedResponse(status int, message []byte) *sip.Response {
	r := sip.NewResponse(status, "")
	r.SetBody(message)
	return r
}

// hop is the connection that a state machine sends over. Messages that the machine was given carry the bytes to send.
//
// It is all that a machine knows of the agent, and lets go of it when the machine ends: sipgo's timers L and M go on for 32 s
// after that, and would keep the agents and the logs of thousands of scenarios.
type hop struct {
	mu   sync.Mutex
	link *Link         // nil once the machine has ended
	own  func() []byte // makes the bytes of the machine's own messages: a 100 when an answer is slow, the ACK for a refusal
	over func()        // is called when the machine ends
}

// WriteMsg sends the bytes of a state machine's message.
func (h *hop) WriteMsg(m sip.Message) error {
	h.mu.Lock()
	link, own := h.link, h.own
	h.mu.Unlock()
	if link == nil {
		return net.ErrClosed
	}
	defer link.agent.config.Log.Guard(link.ID, "sending for a transaction") // it may run on a timer of sipgo's
	if carries := m.Body(); carries != nil {
		return link.Write(carries)
	}
	return link.Write(own())
}

// TryClose satisfies sip.Connection: a machine calls it when it ends. The link goes on.
func (h *hop) TryClose() (int, error) {
	h.mu.Lock()
	over := h.over
	h.link, h.own, h.over = nil, nil, nil
	h.mu.Unlock()
	if over != nil {
		over()
	}
	return 0, nil
}

// LocalAddr satisfies sip.Connection; state machines do not call it.
func (*hop) LocalAddr() net.Addr { return nil }

// Ref satisfies sip.Connection: a link outlives its transactions.
func (*hop) Ref(int) int { return 1 }

// Close satisfies sip.Connection.
func (*hop) Close() error { return nil }

// serverKey returns the key of a server transaction, RFC 3261 §17.2.3, or false if there is no readable Via.
// Transactions of different connections have different keys.
func serverKey(l *Link, m *sipwire.Message, method string) (string, bool) {
	via, err := m.TopVia()
	if err != nil {
		return "", false
	}
	scope := ""
	if l.Protocol != observation.UDP {
		scope = l.ID
	}
	parts := []string{scope, via.Branch(), via.Host, strconv.Itoa(int(via.Port)), method}
	if branch, ok := strings.CutPrefix(via.Branch(), sipwire.MagicCookie); !ok || branch == "" { // of RFC 2543
		number, _ := m.CSeq()
		parts = append(parts, m.RequestURI, m.FromTag(), m.CallID(), strconv.FormatUint(uint64(number), 10))
	}
	return strings.Join(parts, "\x00"), true
}

// clientKey returns the key of a client transaction, §17.1.3.
func clientKey(m *sipwire.Message) (string, bool) {
	via, err := m.TopVia()
	if err != nil || via.Branch() == "" {
		return "", false
	}
	_, method := m.CSeq()
	return via.Branch() + "\x00" + method, true
}
