// Package usertemplate renders templates that users hand in, in the language of [text/template]. Whatever one says, it
// ends: how much it writes and how often it repeats something is bounded.
package usertemplate

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"text/template"
	"text/template/parse"
	"time"
)

// The bounds of an execution. Real templates write some KB in some hundred steps.
const (
	// MaxText is how many bytes a text has at most, and how many a function may return.
	MaxText = 8 << 20
	// maxSteps is how many actions are taken at most, counting each again as often as it is repeated.
	maxSteps = 200_000
	// patience is how long it may take. It is for few steps that each do much.
	patience = 20 * time.Second
)

// FuncMap has the functions that a template can call besides the built-in ones.
type FuncMap = template.FuncMap

// Template is a parsed template. It can be executed any number of times, also at the same time.
type Template struct {
	parsed *template.Template
}

// step is the function that counts. Templates call it where nobody has written so.
const step = "_step"

// Parse parses a template. A key that a map lacks is an error when it is executed.
func Parse(source string, functions FuncMap) (*Template, error) {
	all := FuncMap{step: func() (string, error) { return "", nil }, "print": fmt.Sprint, "printf": fmt.Sprintf, "println": fmt.Sprintln,
		"html": template.HTMLEscaper, "js": template.JSEscaper, "urlquery": template.URLQueryEscaper}
	maps.Copy(all, functions)
	for name, f := range all {
		all[name] = bounded(f)
	}
	t, err := template.New("").Option("missingkey=error").Funcs(all).Parse(source)
	if err != nil {
		return nil, err
	}
	counting := template.Must(template.New("").Funcs(all).Parse("{{" + step + "}}")).Root.Nodes[0]
	for _, one := range t.Templates() {
		if one.Tree != nil {
			count(one.Root, counting)
		}
	}
	return &Template{t}, nil
}

// count has every action of a list, and every turn of a loop, count.
func count(list *parse.ListNode, counting parse.Node) {
	if list == nil {
		return
	}
	nodes := []parse.Node{counting.Copy()}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.IfNode:
			count(n.List, counting)
			count(n.ElseList, counting)
		case *parse.WithNode:
			count(n.List, counting)
			count(n.ElseList, counting)
		case *parse.RangeNode:
			count(n.List, counting)
			count(n.ElseList, counting)
		case *parse.ActionNode:
			nodes = append(nodes, counting.Copy())
		}
		nodes = append(nodes, n)
	}
	list.Nodes = nodes
}

// errLong is the error of a text that grows without end.
var errLong = fmt.Errorf("the text has more than %d bytes, the maximum", MaxText)

// bounded returns a function that returns no text longer than [MaxText], and takes none in all of its arguments. Package
// template makes an error of the panic.
func bounded(function any) any {
	f := reflect.ValueOf(function)
	return reflect.MakeFunc(f.Type(), func(arguments []reflect.Value) []reflect.Value {
		total := 0
		for _, a := range arguments {
			total += length(a)
		}
		if total > MaxText {
			panic(errLong)
		}
		call := f.Call
		if f.Type().IsVariadic() {
			call = f.CallSlice
		}
		returned := call(arguments)
		if length(returned[0]) > MaxText {
			panic(errLong)
		}
		return returned
	}).Interface()
}

// length is how many bytes of text a value has: that of a string, or of the strings in a list.
func length(v reflect.Value) (n int) {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.String:
		return v.Len()
	case reflect.Slice:
		for i := range v.Len() {
			n += length(v.Index(i))
		}
	}
	return n
}

// Budget is what is left of the bounds of executions that belong together, since one renders another. It is for one
// goroutine.
type Budget struct {
	steps   int
	began   time.Time
	endless error
}

// NewBudget returns a budget of which nothing is spent.
func NewBudget() *Budget { return &Budget{began: time.Now()} }

// step counts a step, and returns an error when there may be no more.
func (b *Budget) step() (string, error) {
	b.steps++
	switch {
	case b.steps > maxSteps:
		b.endless = fmt.Errorf("it takes more than %d steps, the maximum: a loop repeats something too often", maxSteps)
	case b.steps%1024 == 0 && time.Since(b.began) > patience:
		b.endless = fmt.Errorf("it takes longer than %v, the maximum", patience)
	}
	return "", b.endless
}

// Execute renders the template within a budget.
func (t *Template) Execute(budget *Budget, data any) (string, error) {
	own, err := t.parsed.Clone()
	if err != nil {
		return "", err
	}
	own.Funcs(FuncMap{step: budget.step})
	var b text
	switch err := own.Execute(&b, data); {
	case budget.endless != nil:
		return "", budget.endless
	case errors.Is(err, errLong):
		return "", errLong
	case err != nil:
		return "", err
	}
	return b.String(), nil
}

// text takes what a template writes, as long as there is not too much.
type text struct{ strings.Builder }

func (b *text) Write(p []byte) (int, error) {
	if b.Len()+len(p) > MaxText {
		return 0, errLong
	}
	return b.Builder.Write(p)
}
