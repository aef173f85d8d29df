package picture

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/verdict"
)

// Bounds on what findings say in a picture.
const (
	maxWords    = 400
	maxFindings = 24
)

// mark is what findings of one cause say about the events that decided them.
type mark struct {
	Class        string // "bad", "amiss" or "told": a fail, a deviation, any other verdict
	Verdict      string
	Cause        string
	Requirements string
	Words        string

	seqs []int // of the events that decided
}

// grave reports whether the device is blamed.
func (k *mark) grave() bool { return k.Class != "told" }

// told returns the marks that blame nobody.
func told(all []*mark) []*mark {
	return slices.DeleteFunc(slices.Clone(all), (*mark).grave)
}

// marks are what a result's findings mark.
type marks struct {
	all   []*mark
	bySeq map[int][]*mark
}

func newMarks(findings []verdict.Finding) *marks {
	m := &marks{bySeq: make(map[int][]*mark)}
	for i := range findings {
		f := &findings[i]
		cause, words, requirement := visible(cmp.Or(f.Was, f.Cause), 80), visible(f.Observed, maxWords), visible(f.Requirement, 40)
		at := slices.IndexFunc(m.all, func(k *mark) bool {
			return k.Cause == cause && k.Class == classOf(f.Verdict) && k.Words == words
		})
		if at < 0 {
			if len(m.all) == maxFindings {
				continue
			}
			at = len(m.all)
			m.all = append(m.all, &mark{
				Class: classOf(f.Verdict), Verdict: visible(string(f.Verdict), 40), Cause: cause,
				Requirements: requirement, Words: words,
			})
		} else if !slices.Contains(strings.Split(m.all[at].Requirements, ", "), requirement) && len(m.all[at].Requirements) < maxWords {
			m.all[at].Requirements += ", " + requirement
		}
		for _, seq := range f.Events {
			m.all[at].seqs = append(m.all[at].seqs, seq)
			if !slices.Contains(m.bySeq[seq], m.all[at]) {
				m.bySeq[seq] = append(m.bySeq[seq], m.all[at])
			}
		}
	}
	return m
}

func classOf(v verdict.Verdict) string {
	switch v {
	case verdict.Fail, verdict.Error:
		return "bad"
	case verdict.Deviation:
		return "amiss"
	}
	return "told"
}

// at returns what is said of an event, the gravest first.
func (m *marks) at(seq int) []*mark {
	sorted := slices.Clone(m.bySeq[seq])
	slices.SortStableFunc(sorted, func(a, b *mark) int {
		return cmp.Compare(slices.Index(gravity[:], a.Class), slices.Index(gravity[:], b.Class))
	})
	return sorted
}

// gravity has the classes of marks, the gravest first.
var gravity = [...]string{"bad", "amiss", "told"}

// planted returns the recipe of the defect that a finding says the vendor's certificate had on a connection, and the
// finding's mark: nil if no finding says so.
func (d *drawing) planted(conn string) (recipe certs.Recipe, by *mark) {
	for _, k := range d.marks.all {
		on := func(seq int) bool { return seq >= 0 && seq < len(d.events) && d.events[seq].Conn == conn }
		if recipe, ok := k.recipe(); ok && slices.ContainsFunc(k.seqs, on) {
			return recipe, k
		}
	}
	return certs.Recipe{}, nil
}

// recipe returns the recipe that a cause names: that of "accepted-expired" or "refused-expired".
func (k *mark) recipe() (certs.Recipe, bool) {
	for _, verb := range []string{"accepted-", "refused-"} {
		if what, ok := strings.CutPrefix(k.Cause, verb); ok {
			return certs.RecipeByName(what)
		}
	}
	return certs.Recipe{}, false
}

// ofCertificate reports whether the mark is drawn at the vendor's certificates.
func (k *mark) ofCertificate() bool {
	_, ok := k.recipe()
	return ok
}

// lineRule says which lines of a message a cause is about.
type lineRule struct {
	causes []string // parts of the cause
	lines  []string // beginnings of lines, in lower case; "" is the start line
}

// lineRules are what judges look at in the message that decided.
var lineRules = []lineRule{
	{[]string{"offer-", "answer-", "key-reused", "key-patterned", "key-of-the-peer", "keys-in-clear", "keys-under-null",
		"other-attribute-chosen", "answers-differ"}, []string{"a=crypto:", "a=key-mgmt:", "k="}},
	{[]string{"media-profile", "no-secure-offer", "clear-media", "agreed-in-clear", "stream-refused", "streams-do-not",
		"no-stream-offered", "stun-instead", "dtls-instead"}, []string{"m="}},
	{[]string{"other-media-profile", "no-secure-offer", "dtls-instead"}, []string{"a=crypto:", "a=fingerprint:"}},
	{[]string{"rtcp-port", "rtcp-not-multiplexed"}, []string{"m=", "a=rtcp:", "a=rtcp-mux"}},
	{[]string{"sent-while-", "hold", "not-resumed"}, []string{"a=sendonly", "a=recvonly", "a=inactive", "a=sendrecv", "c="}},
	{[]string{"bad-sdp", "empty-body", "late-offer", "no-offer"}, []string{"content-type:", "content-length:"}},
	{[]string{"private-contact", "not-at-5061"}, []string{"", "contact:"}},
	{[]string{"route-set"}, []string{"", "route:", "record-route:"}},
	{[]string{"request-uri", "named-port"}, []string{""}},
	{[]string{"min-expires", "grant-ignored", "423"}, []string{"expires:", "min-expires:", "contact:"}},
	{[]string{"credentials", "challenge", "unauthenticated"}, []string{"authorization:", "proxy-authorization:",
		"www-authenticate:", "proxy-authenticate:"}},
	{[]string{"misframed-", "content-length"}, []string{"content-length:"}},
	{[]string{"in-clear", "clear-signalling"}, []string{"", "via:"}},
	{[]string{"refused-", "served-anyway", "call-taken", "rejected-otherwise", "host-refused"}, []string{""}},
}

// headers are the fields that a finding may name in its words.
var headers = []string{
	"Via", "Contact", "Route", "Record-Route", "To", "From", "Call-ID", "CSeq", "Max-Forwards", "Content-Length",
	"Content-Type", "Require", "Supported", "Expires", "Min-Expires", "Authorization", "Proxy-Authorization",
	"WWW-Authenticate", "Proxy-Authenticate", "Session-Expires", "Min-SE", "Allow", "User-Agent",
}

// lines returns the beginnings of the lines that marks are about, in lower case.
func lines(about []*mark) []string {
	var all []string
	for _, k := range about {
		if !k.grave() {
			continue
		}
		for _, r := range lineRules {
			if slices.ContainsFunc(r.causes, func(part string) bool { return strings.Contains(k.Cause, part) }) {
				all = append(all, r.lines...)
			}
		}
		words := strings.FieldsFunc(k.Words, func(r rune) bool { return strings.ContainsRune(" ,.;:()<>\"'", r) })
		for _, h := range headers {
			if slices.Contains(words, h) {
				all = append(all, strings.ToLower(h)+":")
			}
		}
		if slices.Contains(words, "Request-URI") {
			all = append(all, "")
		}
		if strings.Contains(k.Words, "a=crypto") {
			all = append(all, "a=crypto:")
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
