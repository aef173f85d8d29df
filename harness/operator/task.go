// Package operator is the desk at which the harness and the person at a device meet. The harness lays a task on it, such as
// "set TLS 1.2 as the only version, then press Register"; the person says at a front, which is a terminal or a page,
// whether that is done. What came of it is for the wire to show: no answer is a verdict.
//
// The package serves this module and may change.
package operator

// Task is what a person is asked to do now. Its texts are plain, and fronts make them safe for where they show them.
type Task struct {
	// Scenario is the ID of the one that the task is for, and Title says what that is about.
	Scenario, Title string
	// Do are the instructions, one after the other.
	Do []string
	// Sheet are the settings that the device needs, if any.
	Sheet []Setting
	// Number is the scenario's place among the Total of the plan, from 1. Both are 0 where there is no plan.
	Number, Total int
}

// Setting is the name of something that a device can be set to, and its value.
type Setting struct{ Name, Value string }

// Answer is what a person says of a task.
type Answer string

// The answers.
const (
	Done   Answer = "done"   // it is done; the wire shows the rest
	Skip   Answer = "skip"   // the scenario is left out
	Cannot Answer = "cannot" // the device is not able to do that
	Again  Answer = "again"  // the scenario begins anew
	Back   Answer = "back"   // the scenario before this one is asked again
)

// Choice is an answer as a front offers it.
type Choice struct {
	Answer Answer
	Letter string // that a terminal takes instead of the word
	Means  string // to the person who gives it
	Why    bool   // a reason may be given with it
}

// Choices returns all answers that there are.
func Choices() []Choice {
	return []Choice{
		{Done, "d", "it is done", false},
		{Skip, "s", "leave this scenario out", true},
		{Cannot, "c", "this device is not able to do that", true},
		{Again, "a", "begin this scenario anew", false},
		{Back, "b", "go back to the scenario before this one", false},
	}
}

// choice returns the choice of that answer.
func choice(a Answer) (Choice, bool) {
	for _, c := range Choices() {
		if c.Answer == a {
			return c, true
		}
	}
	return Choice{}, false
}
