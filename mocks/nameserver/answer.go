package nameserver

import (
	"errors"
	"net"
	"net/netip"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/mocks/observation"
)

// serve answers one question. The library has already rejected malformed messages and those with any other number of
// questions.
func (s *Server) serve(w dns.ResponseWriter, query *dns.Msg) {
	defer s.zones.guard("answering a question about a name")
	z, log := s.owner(query)
	if log != nil {
		defer log.Guard("", "answering a question about a name")
	}
	if z != nil && !z.gate.Admits("dns", addrPort(w.RemoteAddr())) {
		_ = w.WriteMsg(new(dns.Msg).SetRcode(query, dns.RcodeRefused))
		return
	}
	answer := reply(query, z)
	seen := event(w, query.Question[0], answer)
	overUDP := w.RemoteAddr().Network() == "udp"
	if overUDP {
		answer.Truncate(udpSize(query))
	}
	raw, err := answer.Pack()
	if log != nil {
		// Log before the answer is sent, so that what the device does with it comes later in the log.
		seen.DNS.Reply = kept(raw)
		log.Append(seen)
	}
	if err == nil {
		_, err = w.Write(raw)
	}
	if err != nil && log != nil {
		const doing = "answering a question about a name"
		if overUDP && !errors.Is(err, net.ErrClosed) { // nothing that a client does makes that fail
			log.Failed("", doing, err)
		} else {
			log.Short("", doing, err) // the client may have closed the connection
		}
	}
}

// addrPort returns the address of a client.
func addrPort(of net.Addr) netip.AddrPort {
	var at netip.AddrPort
	switch of := bare(of).(type) {
	case *net.UDPAddr:
		at = of.AddrPort()
	case *net.TCPAddr:
		at = of.AddrPort()
	}
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// owner returns the zone that a query is about, nil if there is none, and the log for the question, nil if there is
// none.
func (s *Server) owner(query *dns.Msg) (*zone, *observation.Log) {
	if len(query.Question) == 1 {
		if z := s.zones.owner(dns.CanonicalName(query.Question[0].Name)); z != nil && query.Question[0].Qclass == dns.ClassINET {
			return z, z.log
		}
	}
	return nil, s.log
}

// reply answers a query from the zone that owns its name.
func reply(query *dns.Msg, z *zone) *dns.Msg {
	reply := new(dns.Msg).SetReply(query)
	if opt := query.IsEdns0(); opt != nil {
		reply.SetEdns0(maxUDPSize, false)
	}
	if len(query.Question) != 1 || query.Question[0].Qclass != dns.ClassINET {
		reply.Rcode = dns.RcodeRefused
		return reply
	}
	if z == nil {
		reply.Rcode = dns.RcodeNameError
		return reply
	}
	question := query.Question[0]
	name := dns.CanonicalName(question.Name)
	reply.Authoritative = true
	answers, exists := z.answer(name, question.Qtype)
	for _, rr := range answers {
		rr = dns.Copy(rr)
		rr.Header().Name = question.Name // as asked, for devices that mix case: 0x20
		reply.Answer = append(reply.Answer, rr)
	}
	if !exists {
		reply.Rcode = dns.RcodeNameError
	}
	if len(answers) == 0 {
		reply.Ns = append(reply.Ns, authority(name))
	}
	return reply
}

// authority returns the SOA of a negative answer. Its minimum of 0 keeps devices from caching the absence (RFC 2308
// §5).
func authority(name string) dns.RR {
	domain := domainOf(name)
	return &dns.SOA{
		Hdr:    dns.RR_Header{Name: domain, Rrtype: dns.TypeSOA, Class: dns.ClassINET},
		Ns:     domain,
		Mbox:   ".",
		Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400,
	}
}

// UDP payload limits in bytes: without EDNS (RFC 1035 §4.2.1), and the most that the server sends with it.
const (
	minUDPSize = dns.MinMsgSize
	maxUDPSize = 1232
)

// udpSize returns the size of the largest answer that the client takes over UDP.
func udpSize(query *dns.Msg) int {
	opt := query.IsEdns0()
	if opt == nil {
		return minUDPSize
	}
	return min(max(int(opt.UDPSize()), minUDPSize), maxUDPSize)
}

func event(w dns.ResponseWriter, question dns.Question, reply *dns.Msg) observation.Event {
	protocol := observation.UDP
	if w.RemoteAddr().Network() != "udp" {
		protocol = observation.TCP
	}
	e := observation.Event{
		Kind: observation.DNS,
		Dir:  observation.In,
		Conn: w.RemoteAddr().Network() + " " + w.RemoteAddr().String(),
		DNS: &observation.DNSInfo{
			Protocol: protocol,
			Local:    addrPort(w.LocalAddr()),
			Remote:   addrPort(w.RemoteAddr()),
			Name:     question.Name,
			Type:     dns.Type(question.Qtype).String(),
			Code:     dns.RcodeToString[reply.Rcode],
		},
		Bytes: messageOf(w.RemoteAddr()),
	}
	for _, rr := range reply.Answer {
		e.DNS.Answers = append(e.DNS.Answers, data(rr))
	}
	return e
}
