package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// sampleRequirements has some requirements of the sample, and some that it lacks.
func sampleRequirements() Requirements {
	return Known([]catalogue.Requirement{
		{ID: "TW-TLS-01", Vendor: "twilio", Area: "tls", Title: "No call over TLS 1.0 or 1.1 while the switch is off", Text: "The device reports the failure and falls back neither to UDP nor to TCP.", Level: catalogue.Must, Sources: []string{"seed 000", "doc T1"}, Confidence: catalogue.High},
		{ID: "TW-TLS-05", Vendor: "twilio", Area: "tls", Title: "A 403 to a registration over old TLS is final", Text: "The device takes the 403 as the end of it: it neither tries credentials again nor another transport.", Level: catalogue.Must, Sources: []string{"seed 000"}, Confidence: catalogue.High},
		{ID: "TW-TLS-09", Vendor: "twilio", Area: "tls", Title: "TLS 1.2 is negotiated", Text: "The device negotiates TLS 1.2 when the server has it.", Level: catalogue.Must, Sources: []string{"seed 000"}, Confidence: catalogue.High},
		{ID: "TW-TLS-13", Vendor: "twilio", Area: "tls", Title: "TLS 1.3 alone is not enough", Text: "The device must not demand TLS 1.3.", Level: catalogue.Should, Sources: []string{"doc T2", "doc T3"}, Confidence: catalogue.Low},
		{ID: "TW-CRT-01", Vendor: "twilio", Area: "identity", Title: "A wildcard for one left-most label is accepted", Text: "The device accepts the certificate for *.sip.twilio.com when it connects to a name directly below sip.twilio.com.", Level: catalogue.Must, Sources: []string{"seed 002"}, Confidence: catalogue.High, ConflictsWith: []string{"ST-02"}},
		{ID: "TW-SRTP-03", Vendor: "twilio", Area: "srtp", Title: "A 488 to clear media is final", Text: "The device does not offer the same again after a 488 with X-Twilio-Error 32208.", Level: catalogue.Must, Sources: []string{"seed 002", "doc T1"}, Confidence: catalogue.High},
		{ID: "TW-SRTP-10", Vendor: "twilio", Area: "sdes", Title: "Both AES-CM suites can be offered", Text: "The device offers AES_CM_128_HMAC_SHA1_80 or _32 and takes the answer's suite and tag.", Level: catalogue.Must, Sources: []string{"seed 002"}, Confidence: catalogue.High},
		{ID: "TW-SRTP-13", Vendor: "twilio", Area: "sdes", Title: "Keys are offered without an MKI", Text: "The device leaves the MKI out of its keys.", Level: catalogue.Must, Sources: []string{"seed 002"}, Confidence: catalogue.Medium},
		{ID: "GE-TLS-01", Vendor: "genesys", Area: "tls", Title: "TLS 1.2 is negotiated", Text: "The device negotiates TLS 1.2, the only version there is.", Level: catalogue.Must, Sources: []string{"seed 001"}, Confidence: catalogue.High},
		{ID: "GE-TLS-07", Vendor: "genesys", Area: "tls", Title: "secp384r1 is among the groups", Text: "The device offers secp384r1, the only group for ECDHE.", Level: catalogue.Must, Sources: []string{"seed 001"}, Confidence: catalogue.High},
		{ID: "GE-CRT-02", Vendor: "genesys", Area: "certificate", Title: "The leaf certificate is not pinned", Text: "A call succeeds after the leaf was issued anew under the same root.", Level: catalogue.Must, Sources: []string{"seed 001"}, Confidence: catalogue.High},
		{ID: "GE-CRT-09", Vendor: "genesys", Area: "certificate", Title: "Expired certificates are refused", Text: "The device refuses a certificate outside its dates.", Level: catalogue.Must, Sources: []string{"seed 001"}, Confidence: catalogue.High},
		{ID: "GE-CRT-10", Vendor: "genesys", Area: "certificate", Title: "Revoked certificates are refused", Text: "The device fetches the CRL that the certificate names and refuses a revoked certificate.", Level: catalogue.Should, Sources: []string{"seed 001"}, Confidence: catalogue.Medium},
		{ID: "GE-TLS-10", Vendor: "genesys", Area: "tls", Title: "IPsec is not supported", Level: catalogue.Must, Sources: []string{"seed 001"}, Confidence: catalogue.High, NotTestable: "The absence of IPsec is no behaviour of a SIP device."},
		{ID: "CU-TLS-03", Vendor: "cisco", Area: "tls", Title: "TLS 1.2 is there when the minimum is 1.2", Text: "The device connects to a system whose minimum is TLS 1.2.", Level: catalogue.Must, Sources: []string{"seed 004"}, Confidence: catalogue.High},
		{ID: "CU-SRTP-02", Vendor: "cisco", Area: "srtp", Title: "A secure offer is answered securely", Text: "Media is SRTP both ways when the offer was RTP/SAVP.", Level: catalogue.Must, Sources: []string{"seed 004", "field F9"}, Confidence: catalogue.Medium},
		{ID: "CU-TLS-05", Vendor: "cisco", Area: "tls", Title: "The device comes back after a restart", Text: "The device connects again by itself when the system restarts with another minimum.", Level: catalogue.Must, Sources: []string{"doc C1"}, Confidence: catalogue.High},
		{ID: "IB-03", Vendor: "infobip", Area: "https", Title: "TLS 1.2 or later for the API", Text: "Requests use TLS 1.2 or later.", Level: catalogue.Must, Sources: []string{"seed 003"}, Confidence: catalogue.High},
		{ID: "IB-16", Vendor: "infobip", Area: "https", Title: "The complete chain is not documented", Level: catalogue.May, Sources: []string{"unknown"}, Confidence: catalogue.Low},
		{ID: "ST-02", Vendor: "stack", Area: "identity", Title: "Names match as a whole, without wildcards", Text: "The device compares its peer's domain with a certificate's name as a whole and without regard to case; no wildcard matches.", Level: catalogue.Must, Sources: []string{"RFC 5922 §7.2"}, Confidence: catalogue.High, ConflictsWith: []string{"TW-CRT-01"}},
		{ID: "RF-SD-04", Vendor: "rfc", Area: "sdes", Title: "The answer's tag is that of the chosen offer", Text: "The device answers with the tag of the crypto attribute that it chose.", Level: catalogue.Must, Sources: []string{"RFC 4568 §7.1.2"}, Confidence: catalogue.High},
	})
}

// sampleRun is a small certification of a fair phone: mostly passes, and some of every
// other verdict.
func sampleRun() *results.Run {
	run := &results.Run{
		Harness: results.Harness{Version: "0.3.0", Go: "go1.26.0", OS: "linux/amd64", Isolation: "namespace"},
		Device: results.Device{Name: "Acme Desk Phone 300", Version: "4.2.1", Capabilities: []string{
			"call-in", "call-out", "digest", "register", "srtp:AES_CM_128_HMAC_SHA1_32", "srtp:AES_CM_128_HMAC_SHA1_80", "srv", "tls:1.1", "tls:1.2"}},
		AsOf: "2026-07-30", Seed: 20260730,
		Started:    time.Date(2026, 7, 30, 9, 14, 3, 0, time.UTC),
		DurationMS: 48211,
		Plan:       results.Plan{Hash: "9f31c07ab2e4"},
		Revisions: []results.Revision{
			{Vendor: "twilio", Product: "voice", Revision: "seed-era"}, {Vendor: "twilio", Product: "voice", Revision: "2024-06"},
			{Vendor: "genesys", Product: "byoc-cloud", Revision: "seed-era"}, {Vendor: "genesys", Product: "byoc-cloud", Revision: "2025-11"},
			{Vendor: "cisco", Product: "ucm", Revision: "seed-era"}, {Vendor: "infobip", Product: "rest", Revision: "seed-era"},
		},
		Advice: []results.Advice{{Requirement: "CU-LEG-03", Title: "Legacy phones: Services by HTTPS", Text: "HTTP is the work-around.", Source: "seed 004"}},
		NotEmulated: []results.NotEmulated{
			{Vendor: "genesys", Product: "byoc-cloud", What: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384 (0xC028)", Reason: "crypto/tls has no such suite and libssl is not here"},
			{Vendor: "cisco", Product: "ucm", What: "TLS_RSA_WITH_NULL_SHA (0x0002)", Reason: "crypto/tls has no such suite and libssl is not here"},
		},
	}
	add := func(r results.Result) {
		r.DurationMS = int64(18 + 7*len(run.Results)%90)
		if len(r.Requirements) == 0 {
			for _, f := range r.Findings {
				r.Requirements = append(r.Requirements, f.Requirement)
			}
		}
		if r.Verdict != verdict.NotApplicable {
			folder := "evidence/" + r.Scenario + "/"
			r.Evidence = results.Evidence{Observations: folder + "observations.jsonl", Ladder: folder + "ladder.txt"}
			if r.Verdict != verdict.Pass {
				r.Evidence.Capture, r.Evidence.Chain = folder+"capture.pcapng", folder+"chain.pem"
			}
		}
		run.Results = append(run.Results, r)
	}
	roles := map[string]string{"register": "register", "device-to-vendor": "call-out", "vendor-to-device": "call-in-listener", "https": "https"}
	// where returns a result; vendor, product and role follow from its ID and direction.
	where := func(scenario, title, direction, area, revisions string, ids ...string) results.Result {
		part := strings.Split(scenario, "/")
		return results.Result{Scenario: scenario, Title: title, Vendor: part[0], Product: part[1], Revisions: revisions,
			Direction: direction, Role: roles[direction], Area: area, Level: "must", Requirements: ids}
	}
	pass := func(r results.Result, cause string) {
		r.Verdict, r.Cause = verdict.Pass, cause
		add(r)
	}
	// judged gives a result the verdict and texts of its first finding.
	judged := func(r results.Result, f verdict.Finding, more ...verdict.Finding) results.Result {
		r.Verdict, r.Cause, r.Expected, r.Observed, r.Hint = f.Verdict, f.Cause, f.Expected, f.Observed, f.Hint
		r.Findings = append([]verdict.Finding{f}, more...)
		return r
	}

	// blocked gives a result the root of a fault that another one judges.
	blocked := func(r results.Result, root, cause string) {
		r = judged(r, verdict.Finding{Requirement: r.Requirements[0], Verdict: verdict.Inconclusive, Cause: results.BlockedCause,
			Observed: "nothing came; the device misses this already in " + root + " (" + cause + ")", Hint: "mend " + root + " first"})
		r.Blocked = &results.Blocked{Scenario: root, Cause: cause}
		add(r)
	}

	const both = "seed-era+2024-06"
	for _, suite := range []string{"ecdhe-rsa-aes128-gcm-sha256", "ecdhe-rsa-aes256-gcm-sha384", "aes128-gcm-sha256", "aes256-sha"} {
		pass(where("twilio/voice/register/tls1.2/"+suite, "registers over TLS 1.2 with "+suite, "register", "tls", both, "TW-TLS-09"), "registered")
		pass(where("twilio/voice/call-out/tls1.2/"+suite, "calls over TLS 1.2 with "+suite, "device-to-vendor", "tls", both, "TW-TLS-09"), "call-established")
	}
	pass(where("twilio/voice/call-out/tls1.1/deprecated-off", "calls while deprecated TLS is switched off", "device-to-vendor", "tls", "seed-era", "TW-TLS-01"), "gave-up")
	add(judged(where("twilio/voice/register/tls1.1/deprecated-off", "registers over TLS 1.1 while deprecated TLS is switched off", "register", "tls", "seed-era"),
		verdict.Finding{Requirement: "TW-TLS-05", Verdict: verdict.Fail, Cause: "fell-back-to-clear-signalling",
			Expected: "The 403 is the end of it: no further REGISTER, on no transport.",
			Observed: "0.41 s after the 403 the device opened TCP to 127.3.7.1:5060 and sent REGISTER sip:s17.sip.twilio.com in clear, with the credentials' digest.",
			Hint:     "Look for an automatic choice of transport: NAPTR or a list of transports tried in turn must not lead from sips or transport=tls to TCP.", Events: []int{31, 34}}))
	for _, again := range []string{"register/tls1.0/deprecated-off", "register/tls1.1/no-longer-offered"} {
		blocked(where("twilio/voice/"+again, "registers over old TLS, asked in another way", "register", "tls", "seed-era", "TW-TLS-05"),
			"twilio/voice/register/tls1.1/deprecated-off", "fell-back-to-clear-signalling")
	}
	seen := where("twilio/voice/register/tls1.3/deprecated-off", "registers where TLS 1.3 may be used", "register", "tls", "2024-06", "TW-TLS-13")
	seen.Level, seen.Verdict, seen.Cause = "may", verdict.Observed, "observed-only"
	seen.Remarks = []verdict.Finding{{Requirement: "TW-TLS-13", Verdict: verdict.Pass, Cause: "registered"}}
	add(seen)
	split := where("twilio/voice/call-out/certificate/wildcard", "meets the wildcard certificate *.sip.twilio.com", "device-to-vendor", "identity", both, "TW-CRT-01", "ST-02")
	add(judged(split,
		verdict.Finding{Requirement: "ST-02", Verdict: verdict.Deviation, Cause: "wildcard-accepted", Expected: "RFC 5922 lets no wildcard match.", Observed: "The device sent INVITE to s21.sip.twilio.com under a certificate for *.sip.twilio.com."},
		verdict.Finding{Requirement: "TW-CRT-01", Verdict: verdict.Pass, Cause: "accepted"}))
	for _, suite := range []string{"80", "32", "80-32", "32-80"} {
		pass(where("twilio/voice/call-out/sdes/aes-cm-"+suite, "offers AES_CM_128_HMAC_SHA1 in the order "+suite, "device-to-vendor", "sdes", both, "TW-SRTP-10"), "media-authentic-both-ways")
	}
	waived := judged(where("twilio/voice/call-out/clear-media/488", "offers clear media where secure media is required", "device-to-vendor", "srtp", both),
		verdict.Finding{Requirement: "TW-SRTP-03", Verdict: verdict.Fail, Cause: "repeated-after-final-response",
			Expected: "No second INVITE with the same offer after the 488.", Observed: "The same offer came again after 2.0 s, then after 4.0 s.",
			Hint: "A 488 is final; only the user may ask again."})
	waived.Waived = &results.Waiver{Reason: "Fixed in 4.3; customers are told in the release note", Owner: "QA, J. Müller", Expiry: "2026-12-31"}
	add(waived)
	lacks := where("twilio/voice/call-out/sdes/mki", "offers keys with an MKI", "device-to-vendor", "sdes", both, "TW-SRTP-13")
	lacks.Verdict, lacks.Cause, lacks.Missing = verdict.NotApplicable, "capability-missing", []string{"lever:mki"}
	lacks.Observed = "the device does not declare [lever:mki]"
	add(lacks)
	for _, version := range []string{"1.0", "1.3"} {
		r := where("twilio/voice/register/tls"+version+"/current", "registers over TLS "+version, "register", "tls", "2024-06", "TW-TLS-09")
		r.Verdict, r.Cause, r.Missing, r.Observed = verdict.NotApplicable, "capability-missing", []string{"tls:" + version}, "the device does not declare [tls:"+version+"]"
		add(r)
	}
	remarked := where("twilio/voice/register/tls1.2/no-1.3", "registers where TLS 1.3 is on offer too", "register", "tls", "2024-06", "TW-TLS-09", "TW-TLS-13")
	remarked.Findings = []verdict.Finding{{Requirement: "TW-TLS-09", Verdict: verdict.Pass, Cause: "registered"}}
	remarked.Remarks = []verdict.Finding{{Requirement: "TW-TLS-13", Verdict: verdict.Deviation, Cause: "tls-1.3-not-offered", Observed: "supported_versions holds TLS 1.2 and 1.1 only.", Hint: "Vendors are moving on: offer TLS 1.3 beside 1.2."}}
	pass(remarked, "registered")

	const genesys = "seed-era+2025-11"
	for i := range 9 {
		pass(where(fmt.Sprintf("genesys/byoc-cloud/call-out/routing/uri-%02d", i+1), "calls with one of the documented URI forms", "device-to-vendor", "routing", genesys, "GE-TLS-01"), "call-established")
	}
	pass(where("genesys/byoc-cloud/call-out/groups/secp384r1", "calls where only secp384r1 is on offer", "device-to-vendor", "tls", genesys, "GE-TLS-07"), "call-established")
	pass(where("genesys/byoc-cloud/call-out/rotation/new-leaf", "calls again after the leaf was re-issued", "device-to-vendor", "rotation", genesys, "GE-CRT-02"), "call-established")
	add(judged(where("genesys/byoc-cloud/call-out/certificate/expired", "meets a certificate that expired a day ago", "device-to-vendor", "certificate", genesys),
		verdict.Finding{Requirement: "GE-CRT-09", Verdict: verdict.Fail, Cause: "accepted-expired-certificate",
			Expected: "The device ends the handshake, or the connection before it sends SIP.",
			Observed: "INVITE sip:+15551234567@acme.byoc.usw2.pure.cloud SIP/2.0 was sent under a certificate that was valid until 2026-07-29T00:00:00Z.",
			Hint:     "Check that the device has the time before it connects, and that verification covers the dates.", Events: []int{12}},
		verdict.Finding{Requirement: "RF-SD-04", Verdict: verdict.Pass, Cause: "tag-as-offered"}))
	deviation := judged(where("genesys/byoc-cloud/call-out/certificate/revoked", "meets a certificate that its CRL revokes", "device-to-vendor", "certificate", genesys),
		verdict.Finding{Requirement: "GE-CRT-10", Verdict: verdict.Deviation, Cause: "crl-not-fetched", Expected: "The CRL is fetched and the certificate refused.", Observed: "No request for the CRL came; the call was made.", Hint: "Fetch the CRL from the distribution point, or say in the manual that revocation is not checked."})
	deviation.Level = "should"
	add(deviation)
	blocked(where("genesys/byoc-cloud/call-out/certificate/revoked-ocsp", "meets a certificate that a responder revokes", "device-to-vendor", "certificate", genesys, "GE-CRT-10"),
		deviation.Scenario, deviation.Cause)

	for _, minimum := range []string{"1.0", "1.1", "1.2"} {
		pass(where("cisco/ucm/register/minimum-"+minimum, "registers where the minimum is TLS "+minimum, "register", "tls", "seed-era", "CU-TLS-03"), "registered")
	}
	pass(where("cisco/ucm/call-in/srtp", "answers a secure offer", "vendor-to-device", "srtp", "seed-era", "CU-SRTP-02", "RF-SD-04"), "media-authentic-both-ways")
	open := where("cisco/ucm/call-in/srtp/hold", "is put on hold and taken back", "vendor-to-device", "srtp", "seed-era", "CU-SRTP-02")
	add(judged(open, verdict.Finding{Requirement: "CU-SRTP-02", Verdict: verdict.Inconclusive, Cause: "control-not-passed",
		Expected: "SRTP again after the call was taken back.", Observed: "The call that the scenario builds on did not come about: 486 Busy Here.", Hint: "look at cisco/ucm/call-in/srtp first"}))
	for _, area := range []string{"tls1.2", "name", "expired", "unknown-ca"} {
		r := where("infobip/rest/get/"+area, "asks the API under the condition "+area, "https", "https", "seed-era", "IB-03")
		r.Verdict, r.Cause, r.Missing, r.Observed = verdict.NotApplicable, "capability-missing", []string{"https-get"}, "the device does not declare [https-get]"
		add(r)
	}
	run.Plan.Selected = len(run.Results)
	part := func(vendor, product, role string, scenarios int, core ...string) {
		run.Plan.Parts = append(run.Plan.Parts, results.Part{Vendor: vendor, Product: product, Role: role, Scenarios: scenarios, Core: core})
	}
	part("twilio", "voice", "register", 11, "twilio/voice/register/tls1.2/aes256-sha", "twilio/voice/register/tls1.1/deprecated-off")
	part("twilio", "voice", "call-out", 25, "twilio/voice/call-out/tls1.2/aes256-sha", "twilio/voice/call-out/sdes/aes-cm-80", "twilio/voice/call-out/sdes/mki")
	part("genesys", "byoc-cloud", "call-out", 14, "genesys/byoc-cloud/call-out/certificate/expired", "genesys/byoc-cloud/call-out/secure")
	part("cisco", "ucm", "register", 4, "cisco/ucm/register/minimum-1.2", "cisco/ucm/register/minimum-1.1")
	part("cisco", "ucm", "call-in-listener", 3, "cisco/ucm/call-in/srtp", "cisco/ucm/call-in/srtp/hold")
	part("infobip", "rest", "https", 4, "infobip/rest/get/tls1.2")
	run.Conclude()
	return run
}
