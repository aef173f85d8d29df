package sdes

import (
	"encoding/base64"
	"math/big"
	"strconv"
	"strings"
)

// String returns the attribute's value, the text after "a=crypto:", in the grammar of RFC 4568 §9.1. It holds the
// keys: never log it. [Parse] reads it back as an equal attribute.
func (a Attribute) String() string {
	var b strings.Builder
	if a.TagText != "" {
		b.WriteString(a.TagText)
	} else {
		b.WriteString(strconv.Itoa(a.Tag))
	}
	b.WriteByte(' ')
	b.WriteString(a.Suite)
	b.WriteByte(' ')
	b.WriteString(a.KeyText)
	for i, k := range a.Keys {
		if i > 0 {
			b.WriteByte(';')
		}
		k.write(&b)
	}
	for _, p := range a.Params {
		b.WriteByte(' ')
		b.WriteString(p.String())
	}
	return b.String()
}

func (k Key) write(b *strings.Builder) {
	b.WriteString("inline:")
	b.WriteString(base64.StdEncoding.EncodeToString(k.Material))
	switch {
	case k.LifetimeText != "":
		b.WriteString("|" + k.LifetimeText)
	case k.Lifetime != 0:
		b.WriteString("|" + strconv.FormatUint(k.Lifetime, 10))
	}
	if k.HasMKI {
		b.WriteString("|" + new(big.Int).SetBytes(k.MKI).String() + ":" + strconv.Itoa(len(k.MKI)))
	}
}

// String returns the parameter as written in an attribute.
func (p Param) String() string {
	s := p.Name
	if p.Optional {
		s = "-" + s
	}
	if p.HasValue {
		s += "=" + p.Value
	}
	return s
}
