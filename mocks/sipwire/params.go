package sipwire

import "strings"

// Param is one parameter of a URI or of a header field.
type Param struct {
	Name string // as sent
	// Value is as sent in a URI, and without its quotes in a header field.
	Value string
	// HasValue tells "lr=" from "lr".
	HasValue bool
}

// Params are parameters in the order sent.
type Params []Param

// Get returns the value of the first parameter of that name, whatever its
// case, "" if there is none.
func (ps Params) Get(name string) string {
	value, _ := ps.Lookup(name)
	return value
}

// Lookup is like [Params.Get] and also reports whether there is such a parameter.
func (ps Params) Lookup(name string) (value string, ok bool) {
	for _, p := range ps {
		if strings.EqualFold(p.Name, name) {
			return p.Value, true
		}
	}
	return "", false
}

// Has reports whether there is a parameter of that name.
func (ps Params) Has(name string) bool {
	_, ok := ps.Lookup(name)
	return ok
}

// Set returns ps with the value of the first parameter of that name replaced,
// or with the parameter added at the end. ps itself is not changed.
func (ps Params) Set(name, value string) Params {
	set := append(make(Params, 0, len(ps)+1), ps...)
	for i := range set {
		if strings.EqualFold(set[i].Name, name) {
			set[i].Value, set[i].HasValue = value, true
			return set
		}
	}
	return append(set, Param{Name: name, Value: value, HasValue: true})
}

// text returns the parameters, each after the separator. If quote is set, values that are not made of token or host
// characters are quoted.
func (ps Params) text(separator string, quote bool) string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(separator)
		b.WriteString(p.Name)
		if !p.HasValue {
			continue
		}
		b.WriteByte('=')
		if quote && !isGenValue(p.Value) {
			b.WriteString(Quote(p.Value))
		} else {
			b.WriteString(p.Value)
		}
	}
	return b.String()
}

// isGenValue reports whether s can be a gen-value without quotes.
func isGenValue(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isTokenByte(s[i]) && strings.IndexByte("[]:", s[i]) < 0 {
			return false
		}
	}
	return true
}

// SplitParams splits a header value such as "1800;refresher=uac" into the text before the first semicolon and the
// parameters after it. Semicolons in quoted strings and angle brackets do not count, and empty parameters are left
// out.
func SplitParams(value string) (head string, params Params) {
	i := indexOutside(value, ";")
	if i < 0 {
		return trim(value), nil
	}
	return trim(value[:i]), parseParams(value[i+1:], ";")
}

// parseParams reads the parameters of a header field, which separator divides.
func parseParams(s, separator string) Params {
	var params Params
	for s != "" {
		text := s
		if i := indexOutside(s, separator); i >= 0 {
			text, s = s[:i], s[i+1:]
		} else {
			s = ""
		}
		name, value, has := strings.Cut(text, "=")
		name, value = trim(name), trim(value)
		if name == "" && !has {
			continue
		}
		params = append(params, Param{Name: name, Value: unquote(value), HasValue: has})
	}
	return params
}

// Quote writes s as a quoted-string.
func Quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// unquote removes the quotes and the escapes of a quoted-string; any other text
// is returned as it is.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
