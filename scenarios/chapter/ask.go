package chapter

import (
	"crypto/tls"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// ask is a rule that rows can name, with what a conforming device is seen to do.
type ask struct {
	expected string
	rule     judge.Rule
}

// comesTo reports whether an ask is what the way comes to. Beside other asks of a row,
// that the device is served shows only that they were put to it.
func comesTo(ask string) bool { return ask == "served" || ask == "registered" }

// byRefusal reports whether an ask is passed by a refusal, so that the scene needs a
// control.
func byRefusal(ask string) bool { return ask == "refuses-wildcard" || ask == "turned-away-or-served" }

// vendorPatience is how long a vendor waits for any response before it tries the
// next address.
const vendorPatience = 4 * time.Second

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

// What rows can ask of a Request-URI.
var (
	numbered = judge.RequestURI("INVITE", "number-not-e164", "number-e164", withNumber)
	named    = judge.RequestURI("INVITE", "address-in-request-uri", "domain-in-request-uri", withName)
	schemed  = judge.RequestURI("INVITE", "sips-request-uri", "sip-request-uri", withSIP)
)

func withNumber(u sipwire.URI) bool { return e164.MatchString(u.User) }
func withName(u sipwire.URI) bool   { return !judge.IsIP(u.Host) }
func withSIP(u sipwire.URI) bool    { return u.Scheme == "sip" }

// vocabulary is the asks of the entry's way, by the name that rows have for them.
func (e *entry) vocabulary() map[string]ask {
	return map[string]ask{
		// What the way comes to.
		"served":          {"is served", e.way.served},
		"served-twice":    {"is served again under the new certificate", e.servedUnder(2)},
		"registered":      {"registers", judge.Registered},
		"over-tls":        {"registers over TLS", judge.RegisteredSecurely},
		"answers-in-time": {fmt.Sprintf("answers something within %v", vendorPatience), judge.AnswersWithin(vendorPatience)},
		"turned-away-or-served": {"is served, or is turned away and stays off UDP and TCP",
			judge.ServedOr(e.way.served, judge.Unserved(judge.NoClearSignalling, judge.NoneServed(e.way.method)))},

		// The ClientHello and the handshake.
		"offers-tls1.2":       {"offers TLS 1.2", judge.OffersVersion(tls.VersionTLS12)},
		"offers-suite":        {"offers a suite of the vendor's list", judge.OffersSuite(e.suites())},
		"offers-group":        {"offers the vendor's group", judge.OffersGroup(e.group())},
		"server-name":         {"asks for the host in server_name", judge.SendsServerName},
		"tls1.2":              {"uses TLS 1.2", judge.Negotiated(tls.VersionTLS12)},
		"tls1.2-or-above":     {"uses TLS 1.2 or above", judge.Negotiated(tls.VersionTLS12, tls.VersionTLS13)},
		"tls-from-the-start":  {"speaks TLS from the start on the port for TLS", judge.NoPlainOnTLS},
		"no-clear-signalling": {"stays off UDP and TCP", judge.NoClearSignalling},
		"no-keys-in-clear":    {"sends no key in clear", judge.NoKeysInClear},
		"identifies":          {"shows a certificate that the vendor takes", judge.Identifies},
		"anonymous":           {"takes a vendor without client certificate", judge.TakesAnonymous},

		// Certificates and names.
		"accepts-certificate": {"takes the vendor's certificate", judge.AcceptsServer},
		"refuses-wildcard":    {"takes no wildcard, strictly by RFC 5922 §7.2", judge.RejectsServer("wildcard")},
		"asks-srv":            {"looks for SRV records", judge.AsksSRV},
		"valid-now": {"shows a certificate that is valid now",
			judge.Presents(certs.CauseExpired, certs.CauseNotYetValid, certs.CauseIssuerExpired, certs.CauseIssuerNotYetValid)},
		"whole-chain": {"sends its leaf with all intermediates", judge.Presents(certs.CauseIncompleteChain)},
		"known-authority": {"shows a chain to an authority that the vendor trusts",
			judge.Presents(certs.CauseUnknownCA, certs.CauseSelfSigned, certs.CauseBadSignature)},
		"given-authority": {"shows a certificate of the authority that the vendor was given",
			judge.Presents(certs.CauseUnknownCA, certs.CauseSelfSigned, certs.CauseIncompleteChain, certs.CauseBadSignature)},
		"own-name": {"shows a certificate for the host that the vendor was told to call",
			judge.Presents(certs.CauseNameMismatch, identity.CauseAddress)},

		// SIP.
		"answers-challenge": {"answers the challenge over the same connection", judge.AnswersChallenge(e.way.method)},
		"e164":              {"calls a number in E.164 with its plus sign", numbered},
		"domain":            {"asks for the vendor's domain, not for an address", named},
		"sip-uri":           {"uses a sip: URI", schemed},

		// SDP, SDES and media.
		"parsable-offer": {"offers a session description that parses", judge.ParsableOffer},
		"offers-crypto":  {"offers SRTP", judge.OffersCrypto("no-suite-offered", func(sdes.Attribute) bool { return true })},
		"usable-crypto": {"offers a suite of the vendor's without MKI, with valid attributes and keys of the suite's length",
			judge.OffersCrypto("no-usable-crypto", e.usable)},
		"offers-80": {"offers AES_CM_128_HMAC_SHA1_80", judge.OffersCrypto("suite-80-not-offered",
			func(a sdes.Attribute) bool { return a.Suite == scene.Tag80 })},
		"one-crypto":         {"answers with one crypto: tag and suite as offered, key its own", judge.OneCrypto},
		"fresh-keys":         {withFreshKeys, judge.FreshKeys},
		"prints-no-secrets":  {"prints no key and no password", judge.PrintsNoSecrets},
		"secure-media":       {"sends SRTP that authenticates, and nothing in clear", judge.SecureMedia},
		"clear-media":        {"sends RTP", judge.ClearMedia},
		"keeps-rollover":     {"begins with the rollover counter 0, and raises it at each wrap", judge.KeepsRollover},
		"secure-rtcp":        {"sends SRTCP with the suite's tag, and no plain RTCP", judge.SecureRTCP},
		"decrypts":           {"decrypts what the vendor sends", judge.Decrypts},
		"no-keys-under-null": {"sends no key over TLS that does not encrypt", judge.NoKeysUnderNull},
		"no-keys-in-clear-after-488": {"sends no key in clear after the refusal",
			judge.After("INVITE", 488, judge.NoKeysInClear)},
	}
}

// asks are the checks of a stimulus: for each requirement of the row, the rules
// that the row names, or the stimulus's own.
func (e *entry) asks(s stimulus) ([]judge.Check, error) {
	requirements := e.row.Requirement
	if len(requirements) == 0 && s.requirement != "" {
		requirements = []string{s.requirement}
	}
	if len(requirements) == 0 {
		return nil, fmt.Errorf("which requirement does it serve? Say requirement: ID")
	}
	expected, rule, refusal := s.expected, s.rule, s.refused
	if len(e.row.Ask) > 0 {
		vocabulary := e.vocabulary()
		var sentences []string
		var rules, served []judge.Rule
		for _, name := range e.row.Ask {
			a, known := vocabulary[name]
			if !known {
				return nil, fmt.Errorf("there is no ask %q, but %s", name, strings.Join(slices.Sorted(maps.Keys(vocabulary)), ", "))
			}
			sentences = append(sentences, a.expected)
			if comesTo(name) {
				served = append(served, a.rule)
			} else {
				rules = append(rules, a.rule)
			}
		}
		expected, refusal = strings.Join(sentences, ", and "), refusal || slices.ContainsFunc(e.row.Ask, byRefusal)
		switch {
		case len(rules) == 0:
			rule = judge.All(served...)
		case len(served) == 0:
			rule = judge.All(rules...)
		default:
			rule = judge.Beside(judge.All(served...), rules...)
		}
	}
	if rule == nil {
		return nil, fmt.Errorf("what is asked? Say ask: and one or more of %s", strings.Join(slices.Sorted(maps.Keys(e.vocabulary())), ", "))
	}
	var checks []judge.Check
	for _, id := range requirements {
		checks = append(checks, judge.Check{Requirement: id, Expected: or(e.row.Expected, expected), Rule: rule, Refusal: refusal})
	}
	if len(e.row.Requirement) == 0 {
		checks = append(checks, s.also...)
	}
	return checks, nil
}

// servedUnder asks that the device was served under so many leaves.
func (e *entry) servedUnder(leaves int) judge.Rule {
	if e.way.name == fetchWay {
		return judge.FetchedUnder(leaves)
	}
	return judge.ServedUnder(e.way.method, leaves)
}
