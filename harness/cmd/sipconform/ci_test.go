package main_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/sipconform/sipconform/internal/testkit"
)

// ranJob is what became of ci/certify.sh, run as a runner would run it, in a folder of its own.
type ranJob struct {
	folder string
	status int
	out    string
}

// runJob runs the script with variables. Those of a GitHub job are files in the folder.
func runJob(t *testing.T, folder string, variables ...string) ranJob {
	t.Helper()
	if binary == "" {
		t.Skip("there is no go command to build with")
	}
	cmd := testkit.Command(t, "bash", filepath.Join(root(t), "ci", "certify.sh"))
	cmd.Dir = folder
	cmd.Env = append(cmd.Env, "SIPCONFORM="+binary, "TMPDIR="+t.TempDir(), "GITHUB_ACTIONS=", "GITHUB_STEP_SUMMARY=", "GITHUB_OUTPUT=", "SIPCONFORM_AS_OF=2026-01-31")
	cmd.Env = append(cmd.Env, variables...)
	out, status := testkit.Run(t, cmd)
	return ranJob{folder, status, out}
}

// file returns a file of the job's folder.
func (j ranJob) file(t *testing.T, name string) string {
	t.Helper()
	return file(t, filepath.Join(j.folder, name))
}

func (j ranJob) expect(t *testing.T, status int, parts ...string) {
	t.Helper()
	if j.status != status {
		t.Errorf("the job ends with %d, want %d:\n%s", j.status, status, j.out)
	}
	for _, part := range parts {
		if !strings.Contains(j.out, part) {
			t.Errorf("the job does not say %q:\n%s", part, j.out)
		}
	}
}

// TestCIJob runs the script with a baseline that fits, and with one that does not.
func TestCIJob(t *testing.T) {
	t.Parallel()
	long(t)
	const filter = "SIPCONFORM_FILTER=id:twilio:voice:certificate:wildcard"
	folder := t.TempDir()
	first := runJob(t, folder, filter, "SIPCONFORM_SARIF=found.sarif")
	first.expect(t, 0, "CONFORMANT: in what was asked", "status 0; the report is in report, the summary in report-summary.md")
	if strings.Contains(first.out, "::") {
		t.Errorf("no runner of GitHub's is told anything:\n%s", first.out)
	}
	if summary := first.file(t, "report-summary.md"); !strings.Contains(summary, "CONFORMANT: ") || !strings.Contains(summary, "the reference device") {
		t.Errorf("the summary is\n%s", summary)
	}
	if found := first.file(t, "found.sarif"); !strings.Contains(found, "accepted-wildcard") {
		t.Errorf("the findings are\n%s", found)
	}
	if !strings.Contains(first.file(t, filepath.Join("report", "junit.xml")), "<testsuites ") {
		t.Error("there is no report")
	}
	sipconform(t, "diff", "-record", filepath.Join(folder, "baseline.json"), filepath.Join(folder, "report", "results.json")).expect(t, 0)

	same := runJob(t, folder, filter, "SIPCONFORM_BASELINE=baseline.json", "GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY=summary.md", "GITHUB_OUTPUT=output")
	same.expect(t, 0, "CONFORMANT: ", "the summary in summary.md")
	if output := same.file(t, "output"); output != "status=0\ncertify-status=0\nreport=report\n" {
		t.Errorf("the output is %q", output)
	}
	if at := regexp.MustCompile(`(?s)::stop-commands::([0-9a-f]{32})\n.*\n::(\S+)::\n`).FindStringSubmatch(same.out); at == nil || at[1] != at[2] {
		t.Errorf("what a device says is not kept from the runner:\n%s", same.out)
	}

	baseline := strings.Replace(same.file(t, "baseline.json"), `"twilio/voice/certificate/wildcard": "deviation"`, `"twilio/voice/certificate/wildcard": "pass"`, 1)
	must(t, os.WriteFile(filepath.Join(folder, "other.json"), []byte(baseline), 0o600))
	differs := runJob(t, folder, filter, "SIPCONFORM_BASELINE=other.json", "GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY=differs.md", "GITHUB_OUTPUT=output")
	differs.expect(t, 1, "CONFORMANT: ", "::error title=sipconform::CONFORMANT", "(job status 1)")
	if summary := differs.file(t, "differs.md"); !strings.Contains(summary, "| ") || !strings.Contains(summary, "twilio/voice/certificate/wildcard") {
		t.Errorf("the summary does not say what differs:\n%s", summary)
	}
	if output := differs.file(t, "output"); !strings.HasSuffix(output, "status=1\ncertify-status=0\nreport=report\n") {
		t.Errorf("the output is %q", output)
	}
}

// TestCIJobRefusals: what the user can mend ends the job with 2, with a baseline as well.
func TestCIJobRefusals(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "there.json"), []byte("{}"), 0o600))
	for _, c := range []struct {
		variables []string
		want      string
	}{
		{[]string{"SIPCONFORM_FILTER=vendor:nosuchvendor"}, "nosuchvendor"},
		{[]string{"SIPCONFORM_DEVICE=nosuchdevice", "SIPCONFORM_BASELINE=there.json"}, `there is no device "nosuchdevice"`},
		{[]string{"SIPCONFORM_BASELINE=missing.json"}, "there is no baseline missing.json"},
	} {
		runJob(t, folder, c.variables...).expect(t, 2, c.want)
	}
}

// TestCIShell has shellcheck read the scripts of CI.
func TestCIShell(t *testing.T) {
	t.Parallel()
	out, status := testkit.Run(t, testkit.Command(t, "shellcheck", filepath.Join(root(t), "ci", "certify.sh")))
	if status != 0 {
		t.Errorf("shellcheck:\n%s", out)
	}
}

// The files by which CI systems call the script, as far as they are written here: a field that is not known is a mistake.
type (
	action struct {
		Name, Description string
		Branding          map[string]string
		Inputs            map[string]struct{ Description, Default string }
		Outputs           map[string]struct{ Description, Value string }
		Runs              struct {
			Using string
			Steps []step
		}
	}
	step struct {
		Name, ID, If, Uses, Shell, Run string
		Env, With                      map[string]string
	}
	workflow struct {
		Name        string
		On          map[string]any
		Permissions map[string]string
		Jobs        map[string]struct {
			RunsOn  string `yaml:"runs-on"`
			Timeout int    `yaml:"timeout-minutes"`
			Steps   []step
		}
	}
	gitlabTemplate map[string]struct {
		Image     string
		Variables map[string]string
		Script    []string
		Artifacts struct {
			When    string
			Expire  string `yaml:"expire_in"`
			Paths   []string
			Reports struct{ Junit string }
		}
	}
)

// strictly decodes a YAML file of the repository without a field that is not known.
func strictly(t *testing.T, name string, into any) {
	t.Helper()
	dec := yaml.NewDecoder(bytes.NewReader([]byte(file(t, filepath.Join(root(t), filepath.FromSlash(name))))))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// variablesOfScript returns the variables that the script reads.
func variablesOfScript(t *testing.T) []string {
	t.Helper()
	all := regexp.MustCompile(`SIPCONFORM_[A-Z_]+`).FindAllString(file(t, filepath.Join(root(t), "ci", "certify.sh")), -1)
	slices.Sort(all)
	return slices.Compact(all)
}

// TestCIAction: the action gives the script every input, by variables that it reads, and uses no input that there is not.
func TestCIAction(t *testing.T) {
	t.Parallel()
	var a action
	strictly(t, "action.yml", &a)
	reads, used := variablesOfScript(t), make(map[string]bool)
	input := regexp.MustCompile(`inputs\.([a-z-]+)`)
	for _, s := range a.Runs.Steps {
		for _, text := range append(slices.Collect(mapValues(s.Env, s.With)), s.If) {
			for _, m := range input.FindAllStringSubmatch(text, -1) {
				used[m[1]] = true
				if _, is := a.Inputs[m[1]]; !is {
					t.Errorf("the step %q uses the input %s, which there is not", s.Name, m[1])
				}
			}
		}
		for name := range s.Env {
			if strings.HasPrefix(name, "SIPCONFORM") && !slices.Contains(reads, name) {
				t.Errorf("the script does not read %s", name)
			}
		}
		if strings.Contains(s.Run, "${{") {
			t.Errorf("the step %q has an expression in its commands, by which an input could be a command", s.Name)
		}
		if s.Run != "" && s.Shell == "" {
			t.Errorf("the step %q of a composite action names no shell", s.Name)
		}
		if s.Uses != "" && !regexp.MustCompile(`^[a-z/-]+@v[0-9]+$`).MatchString(s.Uses) {
			t.Errorf("the step %q uses %s, which is no release", s.Name, s.Uses)
		}
	}
	for name, in := range a.Inputs {
		if !used[name] || in.Description == "" {
			t.Errorf("the input %s is not used, or not described", name)
		}
	}
	outputs := file(t, filepath.Join(root(t), "ci", "certify.sh"))
	for name, o := range a.Outputs {
		if o.Value != "${{ steps.certify.outputs."+name+" }}" || !strings.Contains(outputs, `echo "`+name+`=`) {
			t.Errorf("the script sets no output %s", name)
		}
	}
	if a.Runs.Using != "composite" || a.Name == "" || a.Description == "" {
		t.Errorf("the action is %+v", a)
	}
}

// mapValues yields the values of maps.
func mapValues(maps ...map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, m := range maps {
			for _, value := range m {
				if !yield(value) {
					return
				}
			}
		}
	}
}

// TestCIExamples: the workflow uses inputs that the action has, and the template of GitLab variables that the script reads.
func TestCIExamples(t *testing.T) {
	t.Parallel()
	var a action
	strictly(t, "action.yml", &a)
	var w workflow
	strictly(t, "ci/github.yml", &w)
	calls := 0
	for _, j := range w.Jobs {
		for _, s := range j.Steps {
			if !strings.HasPrefix(s.Uses, "sipconform/sipconform@") {
				continue
			}
			calls++
			for name := range s.With {
				if _, is := a.Inputs[name]; !is {
					t.Errorf("the workflow gives the action %s, which it does not take", name)
				}
			}
		}
	}
	if calls != 1 {
		t.Errorf("the workflow uses the action %d times", calls)
	}
	var g gitlabTemplate
	strictly(t, "ci/gitlab.yml", &g)
	one := g[".sipconform"]
	reads := variablesOfScript(t)
	text := file(t, filepath.Join(root(t), "ci", "gitlab.yml"))
	for _, name := range regexp.MustCompile(`SIPCONFORM_[A-Z_]+`).FindAllString(text, -1) {
		if !slices.Contains(reads, name) {
			t.Errorf("the script does not read %s, which the template of GitLab sets", name)
		}
	}
	if one.Artifacts.Reports.Junit != "$SIPCONFORM_OUT/junit.xml" || !slices.Contains(one.Artifacts.Paths, "$SIPCONFORM_OUT-summary.md") || one.Artifacts.When != "always" {
		t.Errorf("the artifacts are %+v", one.Artifacts)
	}
	// The folder of the module is where the script is: the first command finds it in what go mod download prints.
	find := strings.Replace(one.Script[0], `go mod download -json "github.com/sipconform/sipconform@$SIPCONFORM_VERSION"`,
		`printf '{\n\t"Path": "p",\n\t"Info": "/c/v.info",\n\t"Dir": "/go/pkg/mod/p@v1",\n\t"Sum": "h1:x"\n}\n'`, 1)
	got, err := exec.Command(testkit.Program(t, "bash"), "-c", find+`; printf %s "$folder"`).CombinedOutput()
	if err != nil || string(got) != "/go/pkg/mod/p@v1" {
		t.Errorf("the template finds the folder %q, %v", got, err)
	}
}
