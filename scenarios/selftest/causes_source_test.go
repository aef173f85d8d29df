package selftest

import (
	"go/ast"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// causesGiven are the causes that the module's source can give a result, found by following what stands where a cause is given
// through constants, variables, parameters and results. What only a run can tell is a "*": "accepted-*".
type causesGiven struct {
	module    *goModule
	constants map[string][]string // the values of the constants of that name
	typed     map[string][]string // the values of the constants of that type
	calls     map[string][]call   // by the function's name
	causes    map[string]string   // each with a place that gives it
	literals  []string
}

// call is a call, and the function that it stands in.
type call struct {
	folder string
	within *ast.FuncDecl
	expr   *ast.CallExpr
}

// collectCauses finds the causes in the module.
func collectCauses(m *goModule) *causesGiven {
	c := &causesGiven{module: m, constants: make(map[string][]string), typed: make(map[string][]string), calls: make(map[string][]call),
		causes: make(map[string]string)}
	for _, p := range m.parsed {
		// What stands in no function calls as one without a name would.
		all := &ast.FuncDecl{Name: ast.NewIdent(""), Type: &ast.FuncType{Params: &ast.FieldList{}}, Body: &ast.BlockStmt{}}
		for _, d := range p.file.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				c.declare(d)
				c.index(path.Dir(p.name), all, d)
			case *ast.FuncDecl:
				c.index(path.Dir(p.name), d, d)
			}
		}
	}
	for _, one := range slices.Concat(c.calls["fail"], c.calls["open"]) {
		if one.folder == "harness/judge" && nameOf(one.expr.Fun) == bare(one.expr.Fun) {
			c.give(one.expr.Args[0], one.folder, one.within)
		}
	}
	for _, one := range c.calls["stop"] {
		if one.folder == "harness/engine" && len(one.expr.Args) == 4 {
			c.give(one.expr.Args[2], one.folder, one.within)
		}
	}
	c.assigned()
	return c
}

// bare is the name of a function that is called without a package or receiver, "" of another.
func bare(function ast.Expr) string {
	if f, ok := function.(*ast.Ident); ok {
		return f.Name
	}
	return ""
}

// declare notes the constants of a declaration.
func (c *causesGiven) declare(d *ast.GenDecl) {
	if d.Tok != token.CONST {
		return
	}
	for _, s := range d.Specs {
		v := s.(*ast.ValueSpec)
		for i, name := range v.Names {
			if i >= len(v.Values) {
				continue
			}
			if text, ok := literal(v.Values[i]); ok {
				c.constants[name.Name] = append(c.constants[name.Name], text)
				if of := nameOf(v.Type); of != "" {
					c.typed[of] = append(c.typed[of], text)
				}
			}
		}
	}
}

// index notes the calls and the texts in a declaration.
func (c *causesGiven) index(folder string, within *ast.FuncDecl, d ast.Decl) {
	if within.Body == nil {
		return
	}
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			name := nameOf(n.Fun)
			c.calls[name] = append(c.calls[name], call{folder, within, n})
		case *ast.BasicLit:
			if text, ok := literal(n); ok {
				c.literals = append(c.literals, text)
			}
		}
		return true
	})
}

// assigned notes what results and findings get as their Cause without one of the functions that make them.
func (c *causesGiven) assigned() {
	rooms := []string{"harness/judge", "harness/engine", "harness/report"}
	makers := []string{"pass", "fail", "open", "unbound", "stop"}
	for _, p := range c.module.parsed {
		folder := path.Dir(p.name)
		if !slices.Contains(rooms, folder) {
			continue
		}
		for _, d := range p.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil || slices.Contains(makers, f.Name.Name) {
				continue
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.KeyValueExpr:
					if nameOf(n.Key) == "Cause" {
						c.give(n.Value, folder, f)
					}
				case *ast.AssignStmt:
					for i, left := range n.Lhs {
						if s, ok := left.(*ast.SelectorExpr); ok && s.Sel.Name == "Cause" && len(n.Rhs) == len(n.Lhs) {
							c.give(n.Rhs[i], folder, f)
						}
					}
				}
				return true
			})
		}
	}
}

// give notes the causes that an expression can be.
func (c *causesGiven) give(e ast.Expr, folder string, within *ast.FuncDecl) {
	for _, cause := range c.resolve(e, folder, within, 0) {
		if strings.Trim(cause, "*-") != "" && !strings.HasSuffix(cause, "-") {
			c.causes[cause] = folder + " " + within.Name.Name
		}
	}
}

var verbs = regexp.MustCompile(`%[a-z]`)

// resolve returns the values that an expression can have.
func (c *causesGiven) resolve(e ast.Expr, folder string, within *ast.FuncDecl, depth int) []string {
	if text, ok := literal(e); ok {
		return []string{text}
	}
	if depth > 8 {
		return []string{"*"}
	}
	switch e := e.(type) {
	case *ast.BinaryExpr:
		var all []string
		for _, left := range c.resolve(e.X, folder, within, depth+1) {
			for _, right := range c.resolve(e.Y, folder, within, depth+1) {
				all = append(all, strings.ReplaceAll(left+right, "**", "*"))
			}
		}
		return all
	case *ast.Ident:
		return c.named(e.Name, folder, within, depth)
	case *ast.SelectorExpr:
		if values := c.constants[e.Sel.Name]; len(values) > 0 && nameOf(e.X) != "" && ast.IsExported(e.Sel.Name) && e.Sel.Name != "Fault" {
			return values
		}
		if e.Sel.Name == "Fault" {
			return c.typed["FaultCause"]
		}
	case *ast.CallExpr:
		return c.called(e, folder, within, depth)
	}
	return []string{"*"}
}

// named is resolve for a name: of a constant, of a variable of the function, or of a parameter of it.
func (c *causesGiven) named(name, folder string, within *ast.FuncDecl, depth int) []string {
	var all []string
	ast.Inspect(within.Body, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == len(a.Rhs) {
			for i, left := range a.Lhs {
				if bare(left) == name {
					all = append(all, c.resolve(a.Rhs[i], folder, within, depth+1)...)
				}
			}
		}
		return true
	})
	at := 0
	for _, field := range within.Type.Params.List {
		for _, parameter := range field.Names {
			if parameter.Name == name {
				for _, one := range c.calls[within.Name.Name] {
					if at < len(one.expr.Args) && one.within != within {
						all = append(all, c.resolve(one.expr.Args[at], one.folder, one.within, depth+1)...)
					}
				}
			}
			at++
		}
	}
	if len(all) > 0 {
		return all
	}
	if values := c.constants[name]; len(values) > 0 {
		return values
	}
	return []string{"*"}
}

// called is resolve for a call: of a conversion, of Sprintf, of cmp.Or, or of a function of the same package.
func (c *causesGiven) called(e *ast.CallExpr, folder string, within *ast.FuncDecl, depth int) []string {
	switch name := nameOf(e.Fun); name {
	case "string":
		return c.resolve(e.Args[0], folder, within, depth+1)
	case "Shortage":
		return c.typed["FaultCause"]
	case "Sprintf":
		if format, ok := literal(e.Args[0]); ok {
			return []string{verbs.ReplaceAllString(format, "*")}
		}
	case "Or":
		var all []string
		for _, one := range e.Args {
			all = append(all, c.resolve(one, folder, within, depth+1)...)
		}
		return all
	default:
		var all []string
		for _, f := range c.module.functions[folder+"."+name] {
			ast.Inspect(f.Body, func(n ast.Node) bool {
				if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
					all = append(all, c.resolve(r.Results[0], folder, f, depth+1)...)
				}
				return true
			})
		}
		if len(all) > 0 {
			return all
		}
	}
	return []string{"*"}
}

// names returns the causes, sorted.
func (c *causesGiven) names() []string { return slices.Sorted(maps.Keys(c.causes)) }

// literal is the value of a string literal.
func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}
