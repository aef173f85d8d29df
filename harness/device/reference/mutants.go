package reference

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Mutant is the reference device with one bug.
type Mutant struct {
	// Name is the bug's name as a slug, such as "accepts-expired" for [Bugs.AcceptsExpired].
	Name string
	Bugs Bugs
	// Requirement is the ID of the requirement that the bug violates.
	Requirement string
	// Cause is the cause that the verdict on that requirement has to name.
	Cause string
	// Also are the IDs of further requirements that have to be found violated, for whatever cause.
	Also []string
	// Asked is the part of a product's scenarios in which the bug can show: an expression over labels, empty for all.
	Asked string
}

// Mutants returns one mutant for every bug, in the order of the fields of [Bugs].
func Mutants() []Mutant {
	var mutants []Mutant
	for _, field := range bugFields() {
		m := Mutant{Name: slug(field.Name), Requirement: field.Tag.Get("violates"), Cause: field.Tag.Get("cause"),
			Also: strings.Fields(field.Tag.Get("also"))}
		if len(field.Index) > 1 { // of bugs that Bugs embeds, which says where they can show
			m.Asked = reflect.TypeFor[Bugs]().Field(field.Index[0]).Tag.Get("asked")
		}
		reflect.ValueOf(&m.Bugs).Elem().FieldByIndex(field.Index).SetBool(true)
		mutants = append(mutants, m)
	}
	return mutants
}

// bugFields are the fields of [Bugs] and of what it embeds.
func bugFields() []reflect.StructField {
	all := reflect.VisibleFields(reflect.TypeFor[Bugs]())
	return slices.DeleteFunc(all, func(f reflect.StructField) bool { return f.Anonymous })
}

// Where a word begins in the name of a field. An acronym and the digits behind it are one word.
var (
	afterWord    = regexp.MustCompile(`([a-z])([A-Z0-9])`)
	afterAcronym = regexp.MustCompile(`([A-Z0-9])([A-Z][a-z])`)
)

// slug makes "udp-after-403" of "UDPAfter403" and "only-tls10" of "OnlyTLS10".
func slug(field string) string {
	field = afterWord.ReplaceAllString(field, "$1-$2")
	field = afterAcronym.ReplaceAllString(field, "$1-$2")
	return strings.ToLower(field)
}
