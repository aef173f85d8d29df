package edge

import (
	"crypto/subtle"
	"fmt"

	"github.com/icholy/digest"

	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// challenge asks for credentials: a 407, whatever the method (TW-REG-04, TW-URI-17).
func (e *Edge) challenge(t *sipagent.Transaction) {
	nonce := e.token(32)
	e.mu.Lock()
	e.nonces[nonce] = true
	e.mu.Unlock()
	challenge := digest.Challenge{Realm: e.product.Realm, Nonce: nonce, Opaque: e.token(32), Algorithm: "MD5", QOP: []string{"auth"}}
	t.Respond(407, "Proxy Authentication Required", nil,
		append(e.server(), sipwire.Header{Name: "Proxy-Authenticate", Value: challenge.String()})...)
}

// credentials is the fact of the same name.
func (e *Edge) credentials(request *sipwire.Message) string {
	if e.config.Password == "" || e.settings["digest"] == "off" {
		return "not-asked"
	}
	value := request.Get("Proxy-Authorization")
	if value == "" {
		return "none"
	}
	if err := e.verify(request.Method, value); err != nil {
		return "bad"
	}
	return "good"
}

func (e *Edge) verify(method, value string) error {
	given, err := digest.ParseCredentials(value)
	if err != nil {
		return err
	}
	e.mu.Lock()
	issued := e.nonces[given.Nonce]
	e.mu.Unlock()
	if !issued || given.Realm != e.product.Realm || given.Username != e.config.User {
		return fmt.Errorf("edge: nonce, realm or user is not ours")
	}
	challenge := digest.Challenge{Realm: given.Realm, Nonce: given.Nonce, Opaque: given.Opaque, Algorithm: given.Algorithm}
	if given.QOP != "" {
		challenge.QOP = []string{given.QOP}
	}
	wanted, err := digest.Digest(&challenge, digest.Options{
		Method: method, URI: given.URI, Username: given.Username, Password: e.config.Password,
		Cnonce: given.Cnonce, Count: given.Nc,
	})
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(wanted.Response), []byte(given.Response)) != 1 {
		return fmt.Errorf("edge: the response does not prove the password")
	}
	return nil
}
