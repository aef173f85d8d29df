package edge

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
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
	if !e.asks() {
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
		case given.Get("username") != e.config.User || !e.proves(request.Method, given) || !meant(given.Get("uri"), request.RequestURI):
			outcome = "bad"
		case !e.issued(given.Get("nonce")):
			return profile.StaleCredentials
		default:
			return "good"
		}
	}
	return outcome
}

// asks tells whether the edge asks for credentials.
func (e *Edge) asks() bool {
	return e.config.Password != "" && e.setting(vendor.Digest) != profile.Off
}

// otherURI says that a request's credentials, which are right otherwise, were made
// for another resource; else it is empty.
func (e *Edge) otherURI(request *sipwire.Message) string {
	if !e.asks() {
		return ""
	}
	for _, value := range request.Lines("Proxy-Authorization") {
		given, err := sipwire.ParseAuth(value)
		if err != nil || given.Get("realm") != e.product.Realm || !e.proves(request.Method, given) {
			continue
		}
		if uri := given.Get("uri"); !meant(uri, request.RequestURI) {
			return fmt.Sprintf("the uri of the digest is %.200q, which is not the Request-URI %.200q", uri, request.RequestURI)
		}
	}
	return ""
}

// meant tells whether the uri of a digest is that of the request (RFC 7616 §3.4.6).
// A proxy on the way may have written it otherwise, so equivalence is enough.
func meant(uri, requestURI string) bool {
	if uri == requestURI {
		return true
	}
	given, err := sipwire.ParseURI(uri)
	if err != nil {
		return false
	}
	asked, err := sipwire.ParseURI(requestURI)
	return err == nil && given.Equivalent(asked)
}

// proves tells whether credentials were made with the account's password, for the
// uri that they give. Those without qop are in the form of RFC 2069, which RFC
// 3261 §22.4 keeps.
func (e *Edge) proves(method string, given sipwire.Auth) bool {
	if a := given.Get("algorithm"); a != "" && !strings.EqualFold(a, algorithm) {
		return false // not the one that was asked for
	}
	owner := hash(given.Get("username"), given.Get("realm"), e.config.Password)
	asked := hash(method, given.Get("uri"))
	wanted := hash(owner, given.Get("nonce"), asked)
	if qop := given.Get("qop"); qop != "" {
		count, cnonce := given.Get("nc"), given.Get("cnonce")
		if _, err := strconv.ParseUint(count, 16, 32); err != nil || cnonce == "" || !strings.EqualFold(qop, "auth") {
			return false
		}
		wanted = hash(owner, given.Get("nonce"), count, cnonce, qop, asked)
	}
	return subtle.ConstantTimeCompare([]byte(wanted), []byte(strings.ToLower(given.Get("response")))) == 1
}

// hash is H of RFC 2617 §3.2.1 over values with colons between them.
func hash(values ...string) string {
	sum := md5.Sum([]byte(strings.Join(values, ":")))
	return hex.EncodeToString(sum[:])
}
