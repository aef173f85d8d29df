package reference

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

// ignoresChallenge tells whether a bug makes the device ignore a challenge.
func (s *session) ignoresChallenge(method string, status int) bool {
	return status == 407 && (method == "REGISTER" && s.bugs.Ignores407OnRegister || method == "INVITE" && s.bugs.Ignores407OnInvite)
}

// credentials answers the first challenge of a 401 or 407 that the device supports. It tells whether the challenge was sent
// only because the nonce was stale (RFC 3261 §22.4, RFC 7616, RFC 8760).
func (s *session) credentials(request, response *sipwire.Message) (header sipwire.Header, stale bool, err error) {
	asked, name := "WWW-Authenticate", "Authorization"
	if response.Status == 407 {
		asked, name = "Proxy-Authenticate", "Proxy-Authorization"
	}
	if s.setup.Account.Password == "" {
		return header, false, errors.New("the account has no password")
	}
	err = fmt.Errorf("no %s", asked)
	for _, value := range response.Values(asked) {
		var challenge sipwire.Auth
		if challenge, err = sipwire.ParseAuth(value); err != nil {
			continue
		}
		var answer string
		if answer, err = s.digest(challenge, request); err == nil {
			return sipwire.Header{Name: name, Value: answer}, strings.EqualFold(challenge.Get("stale"), "true"), nil
		}
	}
	return header, false, err
}

// hashes holds the algorithms that the device supports, by lower-case name.
var hashes = map[string]func(string) string{
	"md5":     func(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) },
	"sha-256": func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) },
}

// digest computes the credentials for one challenge (RFC 7616 §3.4).
func (s *session) digest(challenge sipwire.Auth, request *sipwire.Message) (string, error) {
	if !challenge.Is("Digest") {
		return "", fmt.Errorf("the scheme %s is not supported", challenge.Scheme)
	}
	algorithm, session := strings.CutSuffix(strings.ToLower(challenge.Get("algorithm")), "-sess")
	if algorithm == "" {
		algorithm = "md5"
	}
	hash, ok := hashes[algorithm]
	if !ok {
		return "", fmt.Errorf("the algorithm %s is not supported", challenge.Get("algorithm"))
	}
	offered := sipwire.SplitList(challenge.Get("qop"))
	auth := slices.ContainsFunc(offered, func(q string) bool { return strings.EqualFold(q, "auth") })
	if len(offered) > 0 && !auth {
		return "", fmt.Errorf("the qop %s is not supported", challenge.Get("qop"))
	}
	account := s.setup.Account
	realm, nonce, cnonce, uri := challenge.Get("realm"), challenge.Get("nonce"), token(8), request.RequestURI
	a1 := hash(account.User + ":" + realm + ":" + account.Password)
	if session {
		a1 = hash(a1 + ":" + nonce + ":" + cnonce)
	}
	a2 := hash(request.Method + ":" + uri)
	middle := nonce
	if auth {
		middle += ":00000001:" + cnonce + ":auth"
	}
	response := hash(a1 + ":" + middle + ":" + a2)
	if s.bugs.WrongDigestResponse {
		response = hash(response)
	}
	params := []string{
		"username=" + sipwire.Quote(account.User), "realm=" + sipwire.Quote(realm), "nonce=" + sipwire.Quote(nonce),
		"uri=" + sipwire.Quote(uri), "response=" + sipwire.Quote(response),
	}
	if name := challenge.Get("algorithm"); name != "" {
		params = append(params, "algorithm="+name)
	}
	if opaque, ok := challenge.Params.Lookup("opaque"); ok {
		params = append(params, "opaque="+sipwire.Quote(opaque))
	}
	if auth {
		params = append(params, "qop=auth", "nc=00000001", "cnonce="+sipwire.Quote(cnonce))
	} else if session {
		params = append(params, "cnonce="+sipwire.Quote(cnonce))
	}
	if s.peculiar.ReordersCredentials {
		slices.Reverse(params)
	}
	return "Digest " + strings.Join(params, ", "), nil
}
