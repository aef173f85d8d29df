package edge

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/icholy/digest"

	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// algorithm is what the vendor's challenges name.
const algorithm = "MD5"

// challenge asks for credentials with a 407, whatever the method (TW-REG-04,
// TW-URI-17). It is stale if the device knows the password and only its nonce is
// not this edge's (RFC 7616 §3.3).
func (e *Edge) challenge(t *sipagent.Transaction, stale bool) {
	challenge := digest.Challenge{
		Realm: e.product.Realm, Nonce: e.nonce(), Opaque: e.token(32), Algorithm: algorithm, QOP: []string{"auth"}, Stale: stale,
	}
	e.respond(t, 407, "Proxy Authentication Required", sipwire.Header{Name: "Proxy-Authenticate", Value: challenge.String()})
}

// nonce returns a nonce that the edge recognizes later without keeping it.
func (e *Edge) nonce() string {
	random := e.token(16)
	return random + e.seal(random)
}

// issued tells whether a nonce is one of this edge's.
func (e *Edge) issued(nonce string) bool {
	return len(nonce) == 32 && hmac.Equal([]byte(nonce[16:]), []byte(e.seal(nonce[:16])))
}

func (e *Edge) seal(random string) string {
	h := hmac.New(sha256.New, e.secret)
	h.Write([]byte(random))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// credentials is the fact about a request's digest.
func (e *Edge) credentials(request *sipwire.Message) string {
	if e.config.Password == "" || e.setting(vendor.Digest) == profile.Off {
		return "not-asked"
	}
	outcome := "none"
	for _, value := range request.Lines("Proxy-Authorization") {
		given, err := sipwire.ParseAuth(value)
		if err != nil || !given.Is("Digest") {
			outcome = "bad"
			continue
		}
		if given.Get("realm") != e.product.Realm {
			continue // for another server, RFC 3261 §22.3
		}
		switch {
		case given.Get("username") != e.config.User || !e.proves(request.Method, given):
			outcome = "bad"
		case !e.issued(given.Get("nonce")):
			return profile.StaleCredentials
		default:
			return "good"
		}
	}
	return outcome
}

// proves tells whether credentials were made with the account's password.
// Those without qop are in the form of RFC 2069, which RFC 3261 §22.4 keeps.
func (e *Edge) proves(method string, given sipwire.Auth) bool {
	if a := given.Get("algorithm"); a != "" && !strings.EqualFold(a, algorithm) {
		return false // not the one that was asked for
	}
	challenge := digest.Challenge{Realm: given.Get("realm"), Nonce: given.Get("nonce")}
	options := digest.Options{Method: method, URI: given.Get("uri"), Username: given.Get("username"), Password: e.config.Password}
	if qop := given.Get("qop"); qop != "" {
		count, err := strconv.ParseUint(given.Get("nc"), 16, 32)
		if err != nil || qop != "auth" {
			return false
		}
		challenge.QOP, options.Count, options.Cnonce = []string{qop}, int(count), given.Get("cnonce")
	}
	wanted, err := digest.Digest(&challenge, options)
	return err == nil && subtle.ConstantTimeCompare([]byte(wanted.Response), []byte(strings.ToLower(given.Get("response")))) == 1
}
