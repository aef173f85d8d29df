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

func TestAllStopsAtAFail(t *testing.T) {
	t.Parallel()
	asked := false
	judge.All(says(verdict.Fail, "bad"), func(*judge.View) judge.Ruling { asked = true; return judge.Ruling{} })(judge.NewView(nil))
	if asked {
		t.Error("the next was asked")
	}
}

func TestAfter(t *testing.T) {
	t.Parallel()
	good, bad := says(verdict.Pass, "took-it"), says(verdict.Fail, "did-not")
	refused := secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1")
	try(t, []trial{
		{"refused so, and all is well", judge.After("REGISTER", 403, good), refused, "pass took-it"},
		{"refused so, and one is not", judge.After("REGISTER", 403, good, bad), refused, "fail did-not"},
		{"refused later", judge.After("REGISTER", 403, good), secured().in("tls-1", "REGISTER 1").out("tls-1", "407 REGISTER 1").
			in("tls-1", "REGISTER 2").out("tls-1", "403 REGISTER 2"), "pass took-it"},
		{"another method was refused", judge.After("INVITE", 403, good), refused, "inconclusive no-INVITE"},
		{"refused otherwise", judge.After("REGISTER", 423, good), refused, "inconclusive refusal-not-provoked"},
		{"not refused", judge.After("REGISTER", 403, good), secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1"), "inconclusive refusal-not-provoked"},
		{"challenged, and that was the end", judge.After("REGISTER", 403, good), secured().in("tls-1", "REGISTER 1").out("tls-1", "407 REGISTER 1"),
			"inconclusive refusal-not-provoked"},
		{"it refused the vendor itself", judge.After("REGISTER", 403, good), tell().opens("tls-1").alerts("tls-1", 42), "inconclusive refusal-not-provoked"},
		{"never connected", judge.After("REGISTER", 403, good), tell(), "inconclusive never-connected"},
		{"not answered", judge.After("REGISTER", 403, good), secured().in("tls-1", "REGISTER 1"), "inconclusive no-final-response"},
		{"the device's own 403", judge.After("INVITE", 403, good), secured().out("tls-1", "INVITE 1").in("tls-1", "403 INVITE 1"), "inconclusive no-INVITE"},
	})
}

func TestRejectsOr(t *testing.T) {
	t.Parallel()
	good, bad := says(verdict.Pass, "coped"), says(verdict.Fail, "did-not")
	answer := func(status string) *story {
		return secured().out("tls-1", "INVITE 1").in("tls-1", status+" INVITE 1", sdp("audio 4000 RTP/SAVP"))
	}
	try(t, []trial{
		{"refused", judge.RejectsOr("x", bad), answer("488"), "pass rejected-x"},
		{"taken, and it copes", judge.RejectsOr("x", good), answer("200"), "pass coped"},
		{"taken, and it does not", judge.RejectsOr("x", bad), answer("200"), "fail did-not"},
		{"not answered", judge.RejectsOr("x", good), secured().out("tls-1", "INVITE 1"), "inconclusive no-final-response"},
		{"not called", judge.RejectsOr("x", good), tell(), "inconclusive not-called"},
	})
}

// TestDeviceThatDied: what a device that has crashed does not do proves
// nothing; what it did before still counts against it.
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
