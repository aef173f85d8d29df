package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sipconform/sipconform/harness/verdict"
)

// sample is a run that uses every field.
func sample() *Run {
	run := &Run{
		Harness:    Harness{Version: "0.3.0", Go: "go1.26.0", OS: "linux/amd64", Isolation: "namespace"},
		Device:     Device{Name: "phone", Version: "4.2", Capabilities: []string{"register", "tls:1.2"}},
		AsOf:       "2026-07-30",
		Seed:       7,
		Started:    time.Date(2026, 7, 30, 10, 0, 0, 5e6, time.UTC),
		DurationMS: 1234,
		Plan: Plan{Filter: "vendor:twilio", Hash: "c0ffee", Selected: 3, FullCoverage: true, Parts: []Part{
			{"twilio", "voice", "register", 7, []string{"twilio/voice/register/tls1.2"}},
			{"twilio", "voice", "call-out", 9, []string{"twilio/voice/register/tls1.2", "twilio/voice/call/mki"}},
			{"twilio", "voice", "call-in", 11, []string{"twilio/voice/call/mki-answer"}},
		}},
		Revisions: []Revision{{"twilio", "voice", "seed-era"}, {"twilio", "voice", "2024-06"}},
		Results: []Result{{
			Scenario: "twilio/voice/register/tls1.2", Title: "registers over TLS 1.2",
			Vendor: "twilio", Product: "voice", Revisions: "seed-era+2024-06", Direction: "register", Role: "register", Area: "tls", Level: "must",
			Requirements: []string{"TW-TLS-09"}, Verdict: verdict.Pass, Cause: "registered",
			Findings: []verdict.Finding{{Requirement: "TW-TLS-09", Verdict: verdict.Pass, Cause: "registered", Events: []int{3, 9}}},
			Remarks: []verdict.Finding{{Requirement: "TW-TLS-13", Verdict: verdict.Deviation, Cause: "offers-no-1.3",
				Observed: "no 1.3", Expected: "1.3", Hint: "switch it on"}},
			DurationMS: 31,
			Evidence: Evidence{Observations: "evidence/a/observations.jsonl", Capture: "evidence/a/capture.pcapng",
				Ladder: "evidence/a/ladder.txt", Chain: "evidence/a/chain.pem", Device: "evidence/a/device.log"},
		}, {
			Scenario: "twilio/voice/call/mki", Title: "offers an MKI",
			Vendor: "twilio", Product: "voice", Revisions: "seed-era", Direction: "device-to-vendor", Role: "call-out", Area: "sdes", Level: "must",
			Requirements: []string{"TW-SRTP-13"}, Verdict: verdict.NotApplicable, Cause: "capability-missing", Missing: []string{"lever:mki"},
		}, {
			Scenario: "twilio/voice/call/mki-answer", Title: "accepts <b>what</b> & that",
			Vendor: "twilio", Product: "voice", Revisions: "seed-era", Direction: "vendor-to-device", Role: "call-in", Area: "sdes", Level: "must",
			Requirements: []string{"TW-SRTP-14"}, Verdict: verdict.Fail, Cause: "no-answer", Expected: "an answer", Observed: "none", Hint: "look",
			Waived: &Waiver{Reason: "known", Owner: "QA", Expiry: "2026-07-30"},
		}, {
			Scenario: "twilio/voice/call/new-key", Title: "takes a new key", Configuration: "media RTP",
			Vendor: "twilio", Product: "voice", Revisions: "seed-era", Direction: "vendor-to-device", Role: "call-in", Area: "rotation", Level: "must",
			Requirements: []string{"RF-SD-20"}, Verdict: verdict.Inconclusive, Cause: BlockedCause,
			Blocked: &Blocked{Scenario: "twilio/voice/call/mki-answer", Cause: "no-answer"},
		}},
	}
	digest := strings.Repeat("c0", 32)
	run.Manifest = &Manifest{File: "manifest.sha256", SHA256: digest}
	run.Redacted = &Redacted{Of: digest, Taken: []Taken{{What: "SRTP keys", Places: 4}},
		Unchecked: []string{"twilio/voice/call/mki-answer"}}
	run.Conclude()
	return run
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(JSONSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("results.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("results.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestSchemaAccepts(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	empty := &Run{Device: Device{Name: "phone"}, Harness: Harness{Isolation: "in-process"}, AsOf: "2026-01-01"}
	empty.Conclude()
	for name, run := range map[string]*Run{"every field": sample(), "no field": empty} {
		var out bytes.Buffer
		if err := run.Encode(&out); err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(&out)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := run.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for _, test := range []struct {
		name, cause string
		edit        func(map[string]any)
	}{
		{"another schema", "/schema", func(run map[string]any) { run["schema"] = "sipconform/results/v1" }},
		{"field missing", "outcome", func(run map[string]any) { delete(run, "outcome") }},
		{"unknown outcome", "/outcome", func(run map[string]any) { run["outcome"] = "passed" }},
		{"null list", "/not_emulated", func(run map[string]any) { run["not_emulated"] = nil }},
		{"waived as a verdict", "/results/0/verdict", func(run map[string]any) { result(run)["verdict"] = "waived" }},
		{"verdict without a cause", "/results/0/cause", func(run map[string]any) { result(run)["cause"] = "" }},
		{"profile as a list", "/results/0/profile", func(run map[string]any) { result(run)["profile"] = []any{"seed-era"} }},
		{"unknown role", "/results/0/role", func(run map[string]any) { result(run)["role"] = "caller" }},
		{"unknown state of a claim", "/claims/0/state", func(run map[string]any) { run["claims"].([]any)[0].(map[string]any)["state"] = "passed" }},
		{"blocked by nothing", "/results/3/blocked/scenario", func(run map[string]any) {
			run["results"].([]any)[3].(map[string]any)["blocked"].(map[string]any)["scenario"] = ""
		}},
		{"unknown area", "/results/0/area", func(run map[string]any) { result(run)["area"] = "media" }},
		{"waiver without an owner", "owner", func(run map[string]any) {
			result(run)["waived"] = map[string]any{"reason": "r", "expiry": "2026-01-01"}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := sample().Encode(&out); err != nil {
				t.Fatal(err)
			}
			doc, err := jsonschema.UnmarshalJSON(&out)
			if err != nil {
				t.Fatal(err)
			}
			test.edit(doc.(map[string]any))
			if err := schema.Validate(doc); err == nil || !strings.Contains(err.Error(), test.cause) {
				t.Errorf("schema says %v, want an error about %s", err, test.cause)
			}
		})
	}
}

func result(run map[string]any) map[string]any { return run["results"].([]any)[0].(map[string]any) }

// TestSchemaNamesEveryField: the schema and the Go types have the same properties, and
// the schema requires those that Go always writes.
func TestSchemaNamesEveryField(t *testing.T) {
	t.Parallel()
	var doc map[string]any
	if err := json.Unmarshal([]byte(JSONSchema), &doc); err != nil {
		t.Fatal(err)
	}
	compareFields(t, doc, reflect.TypeFor[Run](), doc, "run")
}

func compareFields(t *testing.T, root map[string]any, typ reflect.Type, node map[string]any, path string) {
	if ref, ok := node["$ref"].(string); ok {
		node = root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	switch {
	case typ == reflect.TypeFor[Result]() && strings.HasSuffix(path, ".own"):
		return // like the result that it is in
	case typ.Kind() == reflect.Pointer:
		compareFields(t, root, typ.Elem(), node, path)
		return
	case typ.Kind() == reflect.Slice:
		if items, ok := node["items"].(map[string]any); ok {
			compareFields(t, root, typ.Elem(), items, path+"[]")
		} else {
			t.Errorf("%s: a list in Go, not in the schema", path)
		}
		return
	case typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]():
		return
	}
	properties, _ := node["properties"].(map[string]any)
	required := map[string]bool{}
	list, _ := node["required"].([]any)
	for _, name := range list {
		required[name.(string)] = true
	}
	fields := map[string]bool{}
	for i := range typ.NumField() {
		name, options, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		fields[name] = true
		property, ok := properties[name].(map[string]any)
		if !ok {
			t.Errorf("%s.%s is not in the schema", path, name)
			continue
		}
		if always := options != "omitempty"; always != required[name] {
			t.Errorf("%s.%s: always written: %t, required by the schema: %t", path, name, always, required[name])
		}
		compareFields(t, root, typ.Field(i).Type, property, path+"."+name)
	}
	for name := range properties {
		if !fields[name] {
			t.Errorf("%s.%s is in the schema only", path, name)
		}
	}
}

func TestFileRoundTrip(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "results.json")
	if err := os.WriteFile(path, []byte("what an earlier run left"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := sample()
	if err := run.Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	run.NotEmulated = []NotEmulated{} // nil is written as []
	if !reflect.DeepEqual(got, run) {
		t.Errorf("read %+v\nwrote %+v", got, run)
	}
	if names := entries(t, dir); len(names) != 1 {
		t.Errorf("leftovers: %v", names)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o644 {
		t.Errorf("results.json has mode %v", info.Mode())
	}
}

func TestWriteLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	taken := filepath.Join(dir, "results.json")
	if err := os.MkdirAll(filepath.Join(taken, "folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := sample().Write(taken); err == nil {
		t.Error("Write over a folder succeeded")
	}
	if names := entries(t, dir); len(names) != 1 {
		t.Errorf("leftovers: %v", names)
	}
	if err := sample().Write(filepath.Join(dir, "none", "results.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Write into no folder = %v", err)
	}
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range list {
		names = append(names, entry.Name())
	}
	return names
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, in, cause string }{
		{"nothing", "", "EOF"},
		{"not JSON", "hello", "invalid character"},
		{"no schema", "{}", `schema is "", not`},
		{"another version", `{"schema":"sipconform/results/v3"}`, `schema is "sipconform/results/v3"`},
		{"two runs", `{"schema":"sipconform/results/v2"}{}`, "something follows"},
		{"two runs of v1", `{"schema":"sipconform/results/v1"}{}`, "something follows"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := Decode(strings.NewReader(test.in)); err == nil || !strings.Contains(err.Error(), test.cause) {
				t.Errorf("Decode = %v, want an error saying %q", err, test.cause)
			}
		})
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read of no file = %v", err)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, fault string
		edit        func(*Run)
	}{
		{"valid", "", func(*Run) {}},
		{"no date", `as_of: "2026-02-30" is not a date`, func(r *Run) { r.AsOf = "2026-02-30" }},
		{"another schema", "schema is", func(r *Run) { r.Schema = "v0" }},
		{"judged twice", "judged twice under revision seed-era", func(r *Run) { r.Results[2].Scenario = r.Results[1].Scenario }},
		{"unknown verdict", `"waived" is not a verdict`, func(r *Run) { r.Results[0].Verdict = "waived" }},
		{"unknown verdict of a finding", `TW-TLS-09: "ok" is not a verdict`, func(r *Run) { r.Results[0].Findings[0].Verdict = "ok" }},
		{"no cause", "verdict without a cause", func(r *Run) { r.Results[0].Cause = "" }},
		{"no scenario", "result 0 names no scenario", func(r *Run) { r.Results[0].Scenario = "" }},
		{"expired waiver", "waiver is incomplete or has expired", func(r *Run) { r.AsOf = "2026-07-31" }},
		{"blocked without a fault", "is inconclusive, blocked by twilio/voice/call/mki-answer (luck), which is not a fault in this run",
			func(r *Run) { r.Results[3].Blocked.Cause = "luck" }},
		{"blocked by a pass", "blocked by twilio/voice/register/tls1.2 (registered), which is not a fault",
			func(r *Run) { r.Results[3].Blocked = &Blocked{"twilio/voice/register/tls1.2", "registered"} }},
		{"blocked by what is not said", "is blocked, and the record does not say by what", func(r *Run) { r.Results[3].Blocked = nil }},
		{"blocked with another cause", `the cause is "silent", although twilio/voice/call/mki-answer (no-answer) blocks it`,
			func(r *Run) { r.Results[3].Cause = "silent" }},
		{"a fail that is blocked", "is fail, blocked by", func(r *Run) { r.Results[3].Verdict = verdict.Fail }},
		{"another claim", "the record claims twilio voice, register: partial, 1 of 1 core scenarios concluded, 1 of 7 in all; " +
			"the results give twilio voice, register: conformant", func(r *Run) { r.Claims[0].State = ClaimPartial }},
		{"what is missing left out", "the record claims twilio voice, call-in: conformant", func(r *Run) { r.Claims[1].Missing = []string{"x"} }},
		{"a claim too many", "the results give no such claim", func(r *Run) { r.Claims = append(r.Claims, r.Claims[0]) }},
		{"a claim too few", "the record does not claim it", func(r *Run) { r.Claims = r.Claims[1:] }},
		{"another core", "the record claims", func(r *Run) { r.Plan.Parts[0].Core = nil }},
		{"another role", "the record claims", func(r *Run) { r.Results[0].Role = "https" }},
		{"wrong count", "summary is", func(r *Run) { r.Summary.Pass++ }},
		{"outcome that does not follow", `outcome is "inconclusive", the results give "not-conformant": 1 scenario failed`, func(r *Run) { r.Results[2].Waived = nil; r.Summary.Waived = 0 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			run := sample()
			test.edit(run)
			err := run.Validate()
			switch {
			case test.fault == "" && err != nil:
				t.Error(err)
			case test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)):
				t.Errorf("Validate = %v, want a fault saying %q", err, test.fault)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	var out bytes.Buffer
	if err := sample().Encode(&out); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add([]byte(`{"schema":"sipconform/results/v1","results":[{"verdict":"pass","cause":"observed-only"}]}`))
	f.Add([]byte(`{"schema":"sipconform/results/v2","plan":{"parts":[{"core":["a"]}]},"results":[{},{"scenario":"a","blocked":{}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		run, err := Decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		_ = run.Validate()
		run.Conclude()
		var again bytes.Buffer
		if err := run.Encode(&again); err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(&again); err != nil {
			t.Fatalf("what was encoded cannot be decoded: %v", err)
		}
	})
}
