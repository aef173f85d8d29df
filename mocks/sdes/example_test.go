package sdes_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/sipconform/sipconform/mocks/sdes"
)

// An offerer checks an answer that uses another suite than was offered under its tag, and one that is right.
func Example() {
	offer := []string{
		"1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj",
		"2 AEAD_AES_256_GCM inline:HGAPy4Cedy/qumbZvpuCZSVT7rNDk8vG4TdUXp5hkyWqJCqiLRGab0KJy1g=",
	}
	results, err := sdes.ParseMedia(offer)
	if err != nil {
		log.Fatal(err)
	}
	offered := sdes.Valid(results)
	chosen, ok := sdes.Choose(offered, []string{"AEAD_AES_256_GCM"}, false)
	fmt.Println("an answerer chooses tag", chosen.Tag, ok)

	key, err := sdes.NewKey(chosen.Suite, strings.NewReader(strings.Repeat("not random ", 10)))
	if err != nil {
		log.Fatal(err)
	}
	good := sdes.Attribute{Tag: chosen.Tag, Suite: chosen.Suite, Keys: []sdes.Key{key}}
	bad := good
	bad.Tag = 1
	for _, answer := range []sdes.Attribute{bad, good} {
		results, err := sdes.ParseMedia([]string{answer.String()})
		if err != nil {
			log.Fatal(err)
		}
		_, err = sdes.CheckAnswer(offered, results)
		fmt.Printf("%q %v\n", sdes.CauseOf(err), err)
	}
	// Output:
	// an answerer chooses tag 2 true
	// "suite-not-offered-for-tag" sdes: suite-not-offered-for-tag: tag 1: AEAD_AES_256_GCM, offered AES_CM_128_HMAC_SHA1_80
	// "" <nil>
}

func ExampleParse() {
	a, err := sdes.Parse("2 AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA|2^20|1:4")
	fmt.Println(a.Tag, a.Suite, a.Keys[0].Lifetime, a.Keys[0].MKI, err)
	_, err = sdes.Parse("2 AES_CM_128_HMAC_SHA1_80 inline:AAAA")
	fmt.Println(sdes.CauseOf(err), "-", err)
	// Output:
	// 2 AES_CM_128_HMAC_SHA1_80 1048576 [0 0 0 1] <nil>
	// key-length - sdes: key-length: 3 bytes, AES_CM_128_HMAC_SHA1_80 needs 30
}
