package sdes

import (
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"
)

// TestStringRoundTrips writes random valid attributes and reads them back.
func TestStringRoundTrips(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	names := make([]string, 0, len(suites))
	for _, s := range suites {
		names = append(names, s.Name)
	}
	for range 2000 {
		a := randomAttribute(random, names)
		text := a.String()
		back, err := Parse(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if !reflect.DeepEqual(back, a) {
			t.Fatalf("%q came back as %+v, was %+v", text, back, a)
		}
	}
}

func randomAttribute(random *rand.Rand, names []string) Attribute {
	a := Attribute{Tag: random.IntN(1e9), Suite: names[random.IntN(len(names))]}
	a.TagText = strconv.Itoa(a.Tag)
	suite, _ := a.Known()
	keys, mkiLength := 1+random.IntN(3), 1+random.IntN(128)
	for i := range keys {
		k := Key{Material: make([]byte, suite.KeySalt())}
		for j := range k.Material {
			k.Material[j] = byte(random.Uint32())
		}
		switch power := random.IntN(49); random.IntN(3) {
		case 0:
			k.Lifetime, k.LifetimeText = 1<<power, "2^"+strconv.Itoa(power)
		case 1:
			k.Lifetime, k.LifetimeText = 1<<power, strconv.FormatUint(1<<power, 10)
		}
		if keys > 1 || random.IntN(2) == 0 {
			k.HasMKI, k.MKILength, k.MKI = true, mkiLength, make([]byte, mkiLength)
			for j := range k.MKI {
				k.MKI[j] = byte(random.Uint32())
			}
			k.MKI[mkiLength-1] = byte(i) // so that they differ
		}
		a.Keys = append(a.Keys, k)
	}
	params := []Param{
		{Name: UnencryptedSRTP},
		{Name: UnauthenticatedSRTP},
		{Name: KDR, HasValue: true, Value: strconv.Itoa(random.IntN(25))},
		{Name: WSH, HasValue: true, Value: strconv.Itoa(64 + random.IntN(1000))},
		{Name: FECOrder, HasValue: true, Value: "SRTP_FEC"},
		{Name: "X-" + strconv.Itoa(random.IntN(9)), Optional: true, HasValue: random.IntN(2) == 0},
	}
	for _, i := range random.Perm(len(params))[:random.IntN(3)] {
		a.Params = append(a.Params, params[i])
	}
	return a
}

func TestStringOfABuiltAttribute(t *testing.T) {
	t.Parallel()
	a := Attribute{Tag: 3, Suite: "AES_CM_128_HMAC_SHA1_32",
		Keys: []Key{{Material: make([]byte, 30), Lifetime: 1000, HasMKI: true, MKI: []byte{1, 0}}}}
	const want = "3 AES_CM_128_HMAC_SHA1_32 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA|1000|256:2"
	if got := a.String(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// FuzzParse checks that an attribute that parses is written as one that parses to the same, and that any other error
// has a cause.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		crypto(""), crypto("|2^20|1:4;" + inline(30, 9) + "|2^20|2:4 KDR=3 -FOO"), crypto("|1:129"),
		"1 AEAD_AES_128_GCM " + inline(28, 2) + " FEC_KEY=" + inline(28, 3), "1 FUTURE inline:a|b|c", "", " ", "1 2 3", "1 A inline:;inline:",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		a, err := Parse(value)
		if err != nil {
			if CauseOf(err) == "" {
				t.Fatalf("%v has no cause", err)
			}
			return
		}
		text := a.String()
		b, err := Parse(text)
		if err != nil {
			t.Fatalf("%q became %q: %v", value, text, err)
		}
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("%q became %q", value, text)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	value := crypto("|2^20|1:4")
	for b.Loop() {
		if _, err := Parse(value); err != nil {
			b.Fatal(err)
		}
	}
}
