package nameserver

import (
	"net"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/mocks/observation"
)

// serve answers one question. The library has already rejected malformed messages and those with any other number of
// questions.
func (s *Server) serve(w dns.ResponseWriter, query *dns.Msg) {
	reply, log := s.reply(query)
	if log != nil {
		// Log before the answer is sent, so that what the device does with it comes later in the log.
		log.Append(event(w, query.Question[0], reply))
	}
	if _, overUDP := w.RemoteAddr().(*net.UDPAddr); overUDP {
		reply.Truncate(udpSize(query))
	}
	_ = w.WriteMsg(reply) // the client may be gone, or else asks again
}

// reply returns the answer to query and the log that the question belongs in, which is nil if there is none.
func (s *Server) reply(query *dns.Msg) (*dns.Msg, *observation.Log) {
	reply := new(dns.Msg).SetReply(query)
	if opt := query.IsEdns0(); opt != nil {
		reply.SetEdns0(maxUDPSize, false)
	}
	if len(query.Question) != 1 || query.Question[0].Qclass != dns.ClassINET {
		reply.Rcode = dns.RcodeRefused
		return reply, s.log
	}
	question := query.Question[0]
	name := dns.CanonicalName(question.Name)
	z := s.zones.owner(name)
	if z == nil {
		reply.Rcode = dns.RcodeNameError
		return reply, s.log
	}
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
	return reply, z.log
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
	e := observation.Event{
		Kind: observation.DNS,
		Dir:  observation.In,
		Conn: w.RemoteAddr().Network() + " " + w.RemoteAddr().String(),
		DNS: &observation.DNSInfo{
			Name: question.Name,
			Type: dns.Type(question.Qtype).String(),
			Code: dns.RcodeToString[reply.Rcode],
		},
	}
	for _, rr := range reply.Answer {
		e.DNS.Answers = append(e.DNS.Answers, data(rr))
	}
	return e
}
