package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/verdict"
)

// says is a rule that always rules the same.
func says(v verdict.Verdict, cause string) judge.Rule {
	return func(*judge.View) judge.Ruling { return judge.Ruling{Verdict: v, Cause: cause, Observed: "so"} }
}

func TestAll(t *testing.T) {
	t.Parallel()
	good, good2 := says(verdict.Pass, "one"), says(verdict.Pass, "two")
	bad, bad2 := says(verdict.Fail, "first"), says(verdict.Fail, "second")
	open, open2 := says(verdict.Inconclusive, "unseen"), says(verdict.Inconclusive, "unheard")
	try(t, []trial{
		{"one that passes", judge.All(good), tell(), "pass one"},
		{"two that pass", judge.All(good, good2), tell(), "pass one"},
		{"one fails", judge.All(good, bad), tell(), "fail first"},
		{"the first that fails", judge.All(bad2, bad), tell(), "fail second"},
		{"a fail outweighs what is open before it", judge.All(open, bad), tell(), "fail first"},
		{"and after it", judge.All(bad, open), tell(), "fail first"},
		{"what is open outweighs a pass", judge.All(good, open, open2), tell(), "inconclusive unseen"},
		{"all in all", judge.All(judge.All(good, open2), judge.All(good)), tell(), "inconclusive unheard"},
	})
}

// TestBeside: what a device does wrong fails it whether it is served or not; the rest
// counts only if it is, and not being served fails nobody here.
func TestBeside(t *testing.T) {
	t.Parallel()
	good, bad, unknown := says(verdict.Pass, "good"), says(verdict.Fail, "bad"), says(verdict.Inconclusive, "unknown")
	try(t, []trial{
		{"served, and good", judge.Beside(good, good), tell(), "pass good"},
		{"served, and bad", judge.Beside(good, bad), tell(), "fail bad"},
		{"not served, and good", judge.Beside(bad, good), tell(), "inconclusive bad"},
		{"not served, and bad", judge.Beside(unknown, bad), tell(), "fail bad"},
		{"not served, and unknown", judge.Beside(bad, unknown), tell(), "inconclusive unknown"},
		{"given that it obeys", judge.Given(good, bad), tell(), "fail bad"},
		{"given that, but it does not obey", judge.Given(bad, bad), tell(), "inconclusive bad"},
		{"either is served", judge.ServedOr(good, bad), tell(), "pass good"},
		{"or obeys", judge.ServedOr(bad, good), tell(), "pass good"},
		{"or does not", judge.ServedOr(unknown, bad), tell(), "fail bad"},
	})
}

func TestAllStopsAtAFail(t *testing.T) {
	t.Parallel()
	asked := false
	judge.All(says(verdict.Fail, "bad"), func(*judge.View) judge.Ruling { asked = true; return judge.Ruling{} })(judge.NewView(nil))
	if asked {
		t.Error("the next was asked")
	}
}

// TestDeviceThatDied: what a crashed device does not do proves nothing; what it did
// before still counts against it.
func TestDeviceThatDied(t *testing.T) {
	t.Parallel()
	good, bad, open := says(verdict.Pass, "good"), says(verdict.Fail, "bad"), says(verdict.Inconclusive, "unseen")
	died := func() *story { return secured().dies() }
	try(t, []trial{
		{"a pass is withheld", good, died().over(), "inconclusive device-died"},
		{"a fail stands", bad, died().over(), "fail bad"},
		{"what is open stays so", open, died().over(), "inconclusive unseen"},
		{"when all is over it may go", good, secured().over().dies(), "pass good"},
		{"a command that is through is no end", good, secured().device("exit", "true").over(), "pass good"},
		{"other news are no end", good, secured().device("start", "phone").device("output", "exit").over(), "pass good"},
	})
}
