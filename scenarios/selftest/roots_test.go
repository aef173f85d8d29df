package selftest

import (
	"path"

	"github.com/sipconform/sipconform/harness/results"
)

// furtherFail is a scenario in which a mutant fails besides that of its root cause, and
// why that is no second blame for one fault.
type furtherFail struct {
	scenario string // below vendor and product, as path.Match has it
	reason   string
}

func (f furtherFail) explains(r results.Result) bool {
	matches, _ := path.Match(r.Vendor+"/"+r.Product+"/"+f.scenario, r.Scenario)
	return matches
}

// Reasons that several mutants share. A claim is about one role, so each role has its own
// fail.
const (
	asServer   = "its own server is another role"
	calling    = "calling is another role than registering"
	registers  = "registering is another role than calling"
	asCallee   = "being called is another role than calling"
	sameCheck  = "the same check of the device's, of which the vendor's requirements are two"
	registered = "being called over a registration is another role than at a server of its own"
	withoutTLS = "a device off TLS looks for no TLS records, and may send no keys"
)

// furtherFails are those of the mutants, by the mutant's name.
var furtherFails = map[string][]furtherFail{
	"only-tls10": {
		{"connect/server-at-most-tls1.1", "it takes the version below too, which is a fault of its own"},
		{"call-listener/vendor-at-most-tls1.1", asServer}, {"call-listener/tls1.2/*", asServer},
	},
	"only-tls11": {
		{"connect/server-at-most-tls1.1", "it takes no better version either, which is a fault of its own"},
		{"call-listener/vendor-at-most-tls1.1", asServer}, {"call-listener/tls1.2/*", asServer},
	},
	"only-tls13": {{"call-listener/tls1.2", asServer}, {"connect/suites-*", "the suites of TLS 1.2 have a row of their own"}},
	"offers-unusable-suites": {
		{"change/version-replaced", "the change leads to a suite that it cannot use"},
		{"change/suite-tls1.2", "the change leads to a suite that it cannot use"},
	},
	"lacks-p384": {
		{"call-listener/tls1.2", asServer},
		{"call-listener/group/secp384r1", "its server with the group alone is asked beside its server with every suite"},
	},
	"offers-foreign-suites": {{"call-listener/tls1.2/deprecated-off", asServer}},

	"udp-after-403":   {{"register/tls1.0/deprecated-off", registers}, {"call-out/tls1.0/deprecated-off", calling}},
	"loops-after-403": {{"register/tls1.0/deprecated-off", registers}, {"call-out/tls1.0/deprecated-off", calling}},
	"udp-after-488":   {{"call-out/secure-media-on/tls/opportunistic", "the call that it repeats over UDP has its keys in clear"}},
	"udp-after-handshake-failure": {
		{"register/tls1.0/no-longer-offered", registers}, {"call-out/tls1.0/no-longer-offered", calling},
	},
	"tcp-after-handshake-failure": {
		{"register/tls1.0/no-longer-offered", registers}, {"call-out/tls1.0/no-longer-offered", calling},
	},
	"registers-over-udp": {{"certificate/srv-target", withoutTLS}},
	"uses-udp":           {{"certificate/by-domain", withoutTLS}, {"call-out/secure", withoutTLS}},

	"ignores-revocation":   {{"certificate/revoked-crl-known", "a list that the device was given is another than one that it fetches"}},
	"trusts-common-name":   {{"certificate/sip-uri-mismatch", "the common name stands in for an URI as it does for a name"}},
	"wildcard-covers-part": {{"certificate/wildcard-middle", sameCheck}},
	"ignores-uri-names":    {{"certificate/sip-uri-mismatch", sameCheck}},
	"ignores-purpose":      {{"certificate/intermediate-client-only", "the purpose of an issuer is another than that of a leaf"}},

	"offers-keys-in-clear":    {{"call-listener/keys-in-clear", asServer}},
	"rejects-timers":          {{"phone/encrypted/call-in", registered}},
	"rejects-unknown-headers": {{"call-in/nothing-acceptable", "it refuses with another status than is asked for"}},
	"rejects-min-se":          {{"call-in/nothing-acceptable", "it refuses with another status than is asked for"}},
	"knows-only-gcm":          {{"connect/default", asCallee}},
	"refuses-clear-media":     {{"call-listener/secure-off", asServer}, {"call-in/secure-absent/media-on", asCallee}},
	"refuses-plain-calls":     {{"call-in/secure-absent/media-on", "being called over a registration is another role than at a server"}},

	"sends-zero-keys":      {{"call-in/secure", asCallee}},
	"sends-filled-keys":    {{"call-in/secure", asCallee}},
	"sends-text-keys":      {{"call-in/secure", asCallee}},
	"sends-counting-keys":  {{"call-in/secure", asCallee}},
	"sends-repeated-bytes": {{"call-in/secure", asCallee}},
	"sends-half-keys":      {{"call-in/secure", asCallee}},
	"sends-zero-salts":     {{"call-in/secure", asCallee}},
	"salts-with-key":       {{"call-in/secure", asCallee}},
	"sends-one-key":        {{"call-in/packets", asCallee}},

	"accepts-answer-with-wrong-tag":   {{"call-out/answer-other-suite", "the suite has the tag of another"}},
	"accepts-answer-with-other-suite": {{"call-out/answer-alien-suite", sameCheck}},
	"accepts-unknown-parameters":      {{"call-in/offer/kdr-25", sameCheck}, {"call-in/offer/wsh-32", sameCheck}},
	"accepts-bad-mki": {
		{"call-in/mki-heard", "an MKI that it forgets is one that it does not read"}, {"call-in/offer/mki-length-zero", sameCheck},
		{"call-in/offer/mki-too-large", sameCheck},
	},
	"accepts-wrong-key-length": {
		{"call-in/offer/invalid-then-valid", "it takes the invalid key"}, {"call-in/offer/key-too-long", sameCheck},
		{"call-in/offer/aead-length", sameCheck}, {"call-in/offer/aead-cm-length", sameCheck},
	},
	"measures-key-text":          {{"call-in/offer/key-too-short", sameCheck}, {"call-in/offer/aead-cm-length", sameCheck}},
	"answers-tag-one":            {{"call-in/offer/unknown-suite-first", "tag 1 is that of the unknown suite"}},
	"takes-unknown-suites":       {{"call-in/offer/unknown-suite-first", "it takes the unknown suite"}},
	"answers-unoffered-suite":    {{"call-in/offer/gcm", "the key has the length of the suite that it chose"}},
	"sends-under-wrong-key":      {{"call-in/secure", asCallee}},
	"sends-under-first-key":      {{"call-in/*", asCallee}},
	"sends-under-peer-key":       {{"call-in/secure", asCallee}},
	"swaps-key-and-salt":         {{"call-in/secure", asCallee}},
	"uses-other-suite":           {{"call-in/secure", asCallee}},
	"sends-whole-tag":            {{"call-in/secure", asCallee}},
	"sends-mki-behind-tag":       {{"call-in/secure", asCallee}},
	"leaves-out-rollover":        {{"call-in/secure", asCallee}},
	"starts-rollover-at-one":     {{"call-in/secure", asCallee}},
	"leaves-media-unencrypted":   {{"call-in/secure", asCallee}},
	"encrypts-under-other-key":   {{"call-in/secure", asCallee}},
	"sends-clear-digits":         {{"call-in/secure", asCallee}},
	"plays-milliwatt":            {{"call-in/secure-heard", asCallee}},
	"leaves-reports-unencrypted": {{"call-in/control-32", asCallee}},
	"repeats-report-index":       {{"call-in/control-32", asCallee}},
	"starts-reports-late":        {{"call-in/control-32", asCallee}},
	"garbles-reports":            {{"call-in/control-32", asCallee}},
	"sends-stray-mki":            {{"call-in/secure", asCallee}},
	"shortens-tag":               {{"call-in/secure", asCallee}},
	"never-raises-rollover":      {{"call-in/secure", asCallee}},
	"sends-clear-media":          {{"call-in/secure", asCallee}},
	"sends-clear-reports":        {{"call-in/secure", asCallee}},
	"shortens-rtcp-tag":          {{"call-in/control-32", asCallee}},
	"leaves-reports-untagged":    {{"call-in/control-32", asCallee}},
	"replays-packets":            {{"call-in/packets", asCallee}},
	"reuses-indexes":             {{"call-in/packets", asCallee}},
	"freezes-sequence":           {{"call-in/packets", asCallee}},
	"counts-backwards":           {{"call-in/packets", asCallee}},
	"freezes-timestamp":          {{"call-in/packets", asCallee}},
	"halves-timestamps":          {{"call-in/packets", asCallee}},
	"sends-unagreed-type":        {{"call-in/packets", asCallee}},
	"talks-after-bye":            {{"call-in/packets", asCallee}},
	"sends-to-rtcp-port":         {{"call-in/packets", asCallee}},
	"sends-dtls":                 {{"call-in/packets", asCallee}},
	"sends-nothing":              {{"call-in/secure-heard", asCallee}},
	"waits-for-ice":              {{"call-in/secure-heard", asCallee}},
	"reports-to-rtp-port":        {{"call-in/rtcp-port", asCallee}},
}
