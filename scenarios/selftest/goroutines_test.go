package selftest

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// unguarded are the goroutines that recover no panic, by the function that starts them, and why they need not.
var unguarded = map[string]string{
	"harness/cmd/sipconform/certify.go run":                "it only says that a signal has come",
	"harness/cmd/sipconform/person.go attend":              "it shows what the harness asks, and takes lines of the user's",
	"harness/device/remote/remote.go Serve":                "it closes a socket",
	"harness/device/remote/remote.go run":                  "they copy bytes, close a socket and wait for a process",
	"harness/engine/allowance.go run":                      "it only cancels a context",
	"harness/lab/handout/handout.go Serve":                 "net/http recovers what its handler does",
	"harness/livepage/page.go Start":                       "net/http recovers what handlers do, and watchDesk only passes tasks on",
	"harness/operator/terminal.go read":                    "it reads lines of the user's, of bounded length",
	"harness/cmd/sipconform/main.go interruptible":         "it waits for a signal",
	"harness/cmd/sipconform/serve.go serve":                "it reads commands of the user's, and serve ends with a crash of its own",
	"harness/cmd/sipconform/watch_linux.go watch":          "it waits for a process",
	"harness/device/process/program.go startProgram":       "its thread must end with it; what sees the program's output recovers by itself",
	"harness/device/reference/register.go scheduleRefresh": "it only puts work into the session's queue, which is guarded",
	"harness/engine/engine.go Start":                       "askAgain recovers what a device's configurations do, and judges nothing itself",
	"harness/engine/engine.go start":                       "it hands scenarios out, ran recovers what they do, and shelve only writes a file",
	"harness/isolate/enter_linux.go wait":                  "it waits for a process",
	"harness/isolate/init_linux.go runInit":                "it passes signals on",
	"harness/report/progress.go NewProgress":               "it writes names of scenarios, which the harness has",
	"scenarios/scenarios.go read":                          "it reads the user's files before there is a device, with nothing to lose",
	"mocks/sipagent/listen.go Dial":                        "it only cancels a context",
	"mocks/profile/parse.go Load":                          "it reads the user's files before there is a device, with nothing to lose",
	"mocks/nameserver/server.go Start":                     "it closes sockets; what answers questions recovers in serve",
	"mocks/tlspeer/ahead.go ahead":                         "it closes a socket",
	"mocks/tlspeer/libssl_session.go handshake":            "it closes a socket",
	"mocks/tlspeer/tlspeer.go Close":                       "it closes a socket",
	"mocks/tlspeer/tlspeer.go linger":                      "it closes a socket",
}

// TestGoroutinesRecover: a panic over what a device sends is the harness's error, of one scenario, and does not end the
// run. So each goroutine of the module recovers panics, by itself or in all that it calls in its package, or
// has a reason above.
func TestGoroutinesRecover(t *testing.T) {
	t.Parallel()
	m := parseModule(t)
	found, excused := 0, make(map[string]bool)
	for _, l := range m.launches() {
		found++
		if m.guarded(l, l.function) {
			continue
		}
		excused[l.where] = true
		if unguarded[l.where] == "" {
			t.Errorf("%s: a goroutine of %q recovers no panic: defer the Guard of a log in it, or say above why not", l.at, l.where)
		}
	}
	if found < 30 {
		t.Errorf("found %d goroutines; there are more", found)
	}
	for _, where := range slices.Sorted(maps.Keys(unguarded)) {
		if !excused[where] {
			t.Errorf("%q needs no excuse", where)
		}
	}
}

// TestGoroutinesFound: of a package with one goroutine of each form, those that do not recover are found.
func TestGoroutinesFound(t *testing.T) {
	t.Parallel()
	const head = `package p
	func guard() { if recover() != nil {} }
	func reads() { defer guard(); work() }
	func loops() { mu.Lock(); defer mu.Unlock(); for { reads() } }
	func work() {}
	func deferring() { defer work() }
	func inside() { func() { defer guard() }(); work() }
	`
	tests := []struct {
		name, start string
		guarded     bool
	}{
		{"a literal that recovers", `go func() { defer func() { if recover() != nil {} }(); work() }()`, true},
		{"a literal with a guard", `go func() { defer close(c); defer guard(); work() }()`, true},
		{"a guard of a field's", `go func() { defer s.log.guard("x"); work() }()`, true},
		{"a literal that calls what recovers", `go func() { defer close(c); reads() }()`, true},
		{"a function that recovers", `go reads()`, true},
		{"a function that calls what recovers", `go loops()`, true},
		{"of a group", `group.Go(reads)`, true},
		{"a timer's", `time.AfterFunc(d, reads)`, true},
		{"a literal without", `go func() { work() }()`, false},
		{"a literal that calls what recovers, and more", `go func() { reads(); work() }()`, false},
		{"a function without", `go work()`, false},
		{"a deferred call of what recovers nothing", `go deferring()`, false},
		{"a guard of another function", `go inside()`, false},
		{"a function of another package", `go other.Work()`, false},
		{"a value", `group.Go(f)`, false},
		{"of a group, without", `group.Go(func() { work() })`, false},
		{"a timer's, without", `context.AfterFunc(ctx, func() { work() })`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := &goModule{files: token.NewFileSet(), functions: make(map[string][]*ast.FuncDecl), recovers: make(map[string]bool)}
			if err := m.add("p/p.go", head+"func starts() { "+test.start+" }"); err != nil {
				t.Fatal(err)
			}
			launches := m.launches()
			if len(launches) != 1 {
				t.Fatalf("found %d goroutines", len(launches))
			}
			if got := m.guarded(launches[0], launches[0].function); got != test.guarded {
				t.Errorf("guarded is %v", got)
			}
		})
	}
}

// goModule are the files of the module that are not of its tests. What a name in them means is decided by the name
// alone: within a package, all functions of one name count together.
type goModule struct {
	files     *token.FileSet
	parsed    []parsedFile
	functions map[string][]*ast.FuncDecl // by folder and name
	recovers  map[string]bool            // the names of functions that call recover
}

type parsedFile struct {
	name string
	file *ast.File
}

// launch is the start of a goroutine.
type launch struct {
	folder   string
	where    string // file and function
	at       token.Position
	function ast.Expr
}

func parseModule(t *testing.T) *goModule {
	t.Helper()
	m := &goModule{files: token.NewFileSet(), functions: make(map[string][]*ast.FuncDecl), recovers: make(map[string]bool)}
	for _, folder := range []string{"certs", "harness", "mocks", "scenarios"} {
		sources(t, folder, func(name, path string) {
			if strings.HasSuffix(name, "_test.go") || strings.Contains(name, "/testdata/") {
				return
			}
			if err := m.add(name, path); err != nil {
				t.Fatal(err)
			}
		})
	}
	return m
}

// add parses a file, at a path or, in a test, from its text.
func (m *goModule) add(name, source string) error {
	at, text := source, any(nil)
	if strings.HasPrefix(source, "package ") {
		at, text = name, source
	}
	file, err := parser.ParseFile(m.files, at, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	m.parsed = append(m.parsed, parsedFile{name, file})
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			key := path.Dir(name) + "." + f.Name.Name
			m.functions[key] = append(m.functions[key], f)
			if callsRecover(f.Body) {
				m.recovers[f.Name.Name] = true
			}
		}
	}
	return nil
}

// launches returns every place where a goroutine is started: by go, by the Go of a group, by an AfterFunc.
func (m *goModule) launches() []launch {
	var all []launch
	for _, p := range m.parsed {
		for _, d := range p.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			add := func(function ast.Expr) {
				all = append(all, launch{path.Dir(p.name), p.name + " " + f.Name.Name, m.files.Position(function.Pos()), function})
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					add(n.Call.Fun)
				case *ast.CallExpr:
					if s, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) > 0 && (s.Sel.Name == "Go" || s.Sel.Name == "AfterFunc") {
						add(n.Args[len(n.Args)-1])
					}
				}
				return true
			})
		}
	}
	slices.SortFunc(all, func(a, b launch) int { return cmp.Compare(fmt.Sprint(a.at), fmt.Sprint(b.at)) })
	return all
}

// guarded reports whether what a goroutine runs recovers panics, by itself or in every function that it calls.
func (m *goModule) guarded(l launch, function ast.Expr) bool {
	if literal, ok := function.(*ast.FuncLit); ok {
		return m.safe(l.folder, literal.Body)
	}
	bodies := m.functions[l.folder+"."+nameOf(function)]
	return len(bodies) > 0 && !slices.ContainsFunc(bodies, func(f *ast.FuncDecl) bool { return !m.safe(l.folder, f.Body) })
}

// safe is guarded for a function's body.
func (m *goModule) safe(folder string, body *ast.BlockStmt) bool {
	if m.defersRecover(body) {
		return true
	}
	calls, other := 0, 0
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			other++
			return false
		case *ast.CallExpr:
			bodies := m.functions[folder+"."+nameOf(n.Fun)]
			switch {
			case slices.Contains(harmless, nameOf(n.Fun)):
			case len(bodies) > 0 && !slices.ContainsFunc(bodies, func(f *ast.FuncDecl) bool { return !m.defersRecover(f.Body) }):
				calls++
			default:
				other++
			}
		}
		return true
	})
	return calls > 0 && other == 0
}

// harmless are the calls of a goroutine that need no guard.
var harmless = []string{"close", "len", "append", "Lock", "Unlock", "Done"}

// defersRecover reports whether a function defers a call that recovers.
func (m *goModule) defersRecover(body *ast.BlockStmt) bool {
	return slices.ContainsFunc(body.List, func(s ast.Stmt) bool {
		d, ok := s.(*ast.DeferStmt)
		if !ok {
			return false
		}
		if literal, ok := d.Call.Fun.(*ast.FuncLit); ok {
			return callsRecover(literal.Body)
		}
		return m.recovers[nameOf(d.Call.Fun)]
	})
}

// callsRecover reports whether a function's body calls recover, and not only a function within it.
func callsRecover(body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			name, ok := n.Fun.(*ast.Ident)
			found = found || ok && name.Name == "recover"
		}
		return true
	})
	return found
}

// nameOf is the last name of a function, "" of any other expression.
func nameOf(function ast.Expr) string {
	switch f := function.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}
