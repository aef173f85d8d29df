package reference

import "reflect"

// Variant is the reference device with one peculiarity.
type Variant struct {
	// Name is the peculiarity's name as a slug, such as "folds-headers" for [Peculiarities.FoldsHeaders].
	Name          string
	Peculiarities Peculiarities
	// Asked is the part of the matrix that the peculiarity concerns: an expression over labels.
	Asked string
}

// Variants returns one variant for every peculiarity, in the order of the fields of [Peculiarities].
func Variants() []Variant {
	fields := reflect.TypeFor[Peculiarities]()
	variants := make([]Variant, fields.NumField())
	for i := range variants {
		v, field := &variants[i], fields.Field(i)
		reflect.ValueOf(&v.Peculiarities).Elem().Field(i).SetBool(true)
		v.Name, v.Asked = slug(field.Name), field.Tag.Get("asked")
	}
	return variants
}
