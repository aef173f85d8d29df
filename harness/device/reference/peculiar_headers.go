package reference

import (
	"strconv"
	"strings"
	"time"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

// habit is a change that a device makes to the messages that it sends.
type habit struct {
	on bool
	// to says which messages: "requests", "responses", or the methods of requests; all if empty.
	to     string
	change func(*sipwire.Message)
}

func (h habit) concerns(m *sipwire.Message) bool {
	switch h.to {
	case "":
		return true
	case "requests":
		return m.IsRequest()
	case "responses":
		return !m.IsRequest()
	}
	return m.IsRequest() && strings.Contains(h.to, m.Method)
}

// habits returns what the device's peculiarities change in the header fields of messages. The same message is always changed
// in the same way: the ACK for a refusal has to repeat fields of its INVITE (RFC 3261 §17.1.1.3).
func (s *session) habits() []habit {
	p := &s.peculiar
	now := time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
	return []habit{
		{p.ExtendsVia, "requests", onVia(func(v sipwire.Via) string { return v.String() + `;alias;keep;x-device="a, b;c"` })},
		{p.OmitsRport, "requests", onVia(func(v sipwire.Via) string { return strings.Replace(v.String(), ";rport", "", 1) })},
		{p.NamesItselfInVia, "requests", onVia(func(v sipwire.Via) string { v.Host = "phone-7.example.net"; return v.String() })},
		{p.SendsUnknownHeaders, "", adding("X-Device-Trace", `a=1; b="2, 3"`, "P-Device-Colour", "<sip:green@example.com>;q", "X!%*_+`'~.1", "")},
		{p.DescribesItself, "requests", adding("Date", now, "Timestamp", "54.5", "Organization", "Müller & Söhne",
			"Accept-Language", "en, da;q=0.8", "Accept-Encoding", "identity;q=0.5", "In-Reply-To", "a@b, c@d")},
		{p.DescribesItself, "INVITE", adding("Priority", "non-urgent", "Reply-To", "<sip:desk@example.com>",
			"Call-Info", "<http://www.example.com/a.jpg> ;purpose=icon, <http://www.example.com/> ;purpose=info")},
		{p.DescribesItself, "responses", adding("Date", now, "Server", "Device/1.0 (a comment (within another))")},
		{p.SendsEmptyHeaders, "requests", adding("Subject", "", "Supported", "")},
		{p.OmitsUserAgent, "requests", func(m *sipwire.Message) { m.Del("User-Agent"); m.Del("Allow") }},
		{p.LimitsForwards, "requests", func(m *sipwire.Message) { m.Set("Max-Forwards", "10") }},
		{p.SendsDisplayNames, "requests", func(m *sipwire.Message) {
			display(m, "From", `"Zoë \"Zo\" <Ångström>; \\ 1"`)
			display(m, "To", "The Other Side")
		}},
		{p.SendsDisplayNames, "", func(m *sipwire.Message) { display(m, "Contact", `"你好, 1"`) }},
		{p.ExtendsContact, "", func(m *sipwire.Message) {
			if value := m.Get("Contact"); strings.Contains(value, ">") {
				m.Set("Contact", strings.Replace(value, ">", `;ob>;+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>";reg-id=1`, 1))
			}
		}},
		{p.AsksForPrivacy, "INVITE", adding("Privacy", "id", "P-Preferred-Identity", "<tel:+15551234567>")},
		{p.SupportsExtensions, "requests", adding("Supported", "path, outbound, gruu", "Supported", "histinfo,from-change")},
		{p.SupportsPRACK, "INVITE", adding("Supported", "100rel")},
		{p.SupportsTimers, "INVITE", adding("Supported", "timer", "Session-Expires", "1800;refresher=uac", "Min-SE", "90")},
		{p.DescribesBody, "", func(m *sipwire.Message) {
			if m.Has("Content-Type") {
				m.Set("Content-Type", m.Get("Content-Type")+" ; charset=utf-8")
				adding("Content-Disposition", "session;handling=required", "MIME-Version", "1.0", "Content-Language", "en")(m)
			}
		}},
		{p.SendsMultipart, "", multipart},
		{p.SaysWhyItHangsUp, "BYE", adding("Reason", `Q.850;cause=16;text="Normal call clearing", SIP ;cause=200`)},
	}
}

// adding adds header fields, given as names and values.
func adding(fields ...string) func(*sipwire.Message) {
	return func(m *sipwire.Message) {
		for i := 0; i+1 < len(fields); i += 2 {
			m.Add(fields[i], fields[i+1])
		}
	}
}

// onVia rewrites the Via of the device's own requests, which have one.
func onVia(rewrite func(sipwire.Via) string) func(*sipwire.Message) {
	return func(m *sipwire.Message) {
		if via, err := m.TopVia(); err == nil {
			m.Set("Via", rewrite(via))
		}
	}
}

// display gives an address that has no display name one.
func display(m *sipwire.Message, header, name string) {
	if value := m.Get(header); strings.HasPrefix(value, "<") {
		m.Set(header, name+" "+value)
	}
}

// multipart makes the session description the second part of a body of two. The first may be ignored.
func multipart(m *sipwire.Message) {
	if m.Get("Content-Type") != sdpType {
		return
	}
	const begins, ends = "--device;7\r\n", "\r\n--device;7--\r\n"
	body := "A preamble.\r\n" + begins + "Content-Type: text/plain;charset=utf-8\r\nContent-Disposition: render;handling=optional\r\n\r\n" +
		"v=0 is no session.\r\n\r\n" + begins + "Content-Disposition: session;handling=required\r\ncontent-type:application/sdp\r\n\r\n" +
		string(m.Body) + ends
	m.SetBody(`multipart/mixed; boundary="device;7"`, []byte(body))
	m.Add("MIME-Version", "1.0")
}

// identifier returns a random token of 2n characters, or of more for LengthensIdentifiers.
func (s *session) identifier(n int) string {
	if s.peculiar.LengthensIdentifiers {
		n = 100
	}
	return token(n)
}

// newCallID returns a Call-ID.
func (s *session) newCallID() string {
	id := s.identifier(12)
	if !s.peculiar.OmitsCallIDHost {
		id += "@" + s.setup.Address.String()
	}
	return id
}

// firstCSeq returns the number of the first request of a dialog or registration (RFC 3261 §8.1.1.5).
func (s *session) firstCSeq() uint32 {
	if s.peculiar.CountsFromHigh {
		return 1<<31 - 1000
	}
	return 1
}

// length writes the length of a body.
func length(body []byte) string { return strconv.Itoa(len(body)) }
