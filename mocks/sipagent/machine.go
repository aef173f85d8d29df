package sipagent

import (
	"log/slog"
	"net"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// silent is where sipgo's own account of things goes: what matters of it is in
// the observations.
var silent = slog.New(slog.DiscardHandler)

// carried is a request as a state machine is given it: a method, a CSeq, and
// the message itself for a body.
func carried(link *Link, method string, number uint32, message []byte) *sip.Request {
	r := sip.NewRequest(sip.RequestMethod(method), sip.Uri{})
	r.AppendHeader(&sip.CSeqHeader{SeqNo: number, MethodName: sip.RequestMethod(method)})
	r.SetTransport(strings.ToUpper(link.Protocol))
	r.SetBody(message)
	return r
}

// carriedResponse is likewise a status and the message.
func carriedResponse(status int, message []byte) *sip.Response {
	r := sip.NewResponse(status, "")
	r.SetBody(message)
	return r
}

// hop is the connection that a state machine sends over. What it was given
// carries the bytes to send; a message of its own making, the 100 that is due
// when an answer takes its time or the ACK of a refusal, is made by own.
type hop struct {
	link *Link
	own  func() []byte
}

// WriteMsg sends what a message of the state machine stands for.
func (h hop) WriteMsg(m sip.Message) error {
	defer h.link.agent.config.Log.Guard(h.link.ID, "sending for a transaction") // it may run on a timer of sipgo's
	if carries := m.Body(); carries != nil {
		return h.link.Write(carries)
	}
	return h.link.Write(h.own())
}

// LocalAddr satisfies sip.Connection; state machines do not ask.
func (h hop) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(h.link.Local) }

// Ref satisfies sip.Connection: a link outlives its transactions.
func (hop) Ref(int) int { return 1 }

// TryClose satisfies sip.Connection.
func (hop) TryClose() (int, error) { return 1, nil }

// Close satisfies sip.Connection.
func (hop) Close() error { return nil }

// serverKey tells the transactions of a device's requests apart, RFC 3261
// §17.2.3; the second result is false if there is no Via to tell them by. Over
// a connection, only its own requests are compared.
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

// clientKey tells the transactions of the agent's requests apart, §17.1.3.
func clientKey(m *sipwire.Message) (string, bool) {
	via, err := m.TopVia()
	if err != nil || via.Branch() == "" {
		return "", false
	}
	_, method := m.CSeq()
	return via.Branch() + "\x00" + method, true
}
