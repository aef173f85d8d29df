package certs

import (
	"fmt"
	"testing"
)

func BenchmarkKey(b *testing.B) {
	for _, key := range []KeyType{P256, P384, RSA2048, RSA3072, RSA4096} {
		b.Run(string(key), func(b *testing.B) {
			f := newTestForge()
			for i := 0; b.Loop(); i++ {
				if _, err := f.key(key, fmt.Sprint(i)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkIssue(b *testing.B) {
	for _, key := range []KeyType{P256, P384, RSA2048} {
		b.Run(string(key), func(b *testing.B) {
			pki := newTestPKI(b, newTestForge(), key)
			leaf := testLeaf(key)
			if _, err := pki.Issue(leaf); err != nil { // makes the leaf's key
				b.Fatal(err)
			}
			for i := 0; b.Loop(); i++ {
				leaf.CommonName = fmt.Sprintf("s%d", i)
				if _, err := pki.Issue(leaf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEveryRecipe makes a hierarchy and one leaf for each recipe.
func BenchmarkEveryRecipe(b *testing.B) {
	for b.Loop() {
		pki := newTestPKI(b, newTestForge(), P256)
		for _, r := range Recipes() {
			if _, err := pki.IssueDefective(r.Name, testLeaf(P256)); err != nil {
				b.Fatal(err)
			}
		}
	}
}
