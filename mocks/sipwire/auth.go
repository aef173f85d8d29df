package sipwire

import "strings"

// Auth is a challenge or credentials: the value of WWW-Authenticate,
// Proxy-Authenticate, Authorization or Proxy-Authorization (§20.7, §25.1).
type Auth struct {
	Scheme string // "Digest"
	Params Params // values without their quotes
}

// ParseAuth reads a challenge or credentials.
func ParseAuth(value string) (Auth, error) {
	scheme, rest, ok := cutSpace(trim(value))
	if !ok || !isToken(scheme) {
		return Auth{}, syntaxError("auth", "%s has no scheme and parameters", excerpt(value))
	}
	a := Auth{Scheme: scheme, Params: parseParams(rest, ",")}
	for _, p := range a.Params {
		if !isToken(p.Name) || !p.HasValue {
			return Auth{}, syntaxError("auth", "%s is not a parameter", excerpt(p.Name))
		}
	}
	return a, nil
}

// Is reports whether the scheme has that name, whatever its case.
func (a Auth) Is(scheme string) bool { return strings.EqualFold(a.Scheme, scheme) }

// Get returns the value of a parameter, "" if there is none.
func (a Auth) Get(name string) string { return a.Params.Get(name) }
