package picture

import (
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
)

// maxQuestions is how many different questions to the name server are shown.
const maxQuestions = 60

// questions is what the template of the name server's section shows.
type questions struct {
	All  []*question
	Left int
}

// question is one question with its answer, asked once or several times.
type question struct {
	At, Name, Type, Code string
	Answers              []string
	More                 int // answers that are left out
	Count                int
	Marks                []*mark
	key                  string
}

// layQuestions lays out the questions to the name server.
func layQuestions(d *drawing, less int) any {
	var all questions
	most := max(2, halved(maxQuestions, less))
	for i := range d.events {
		e := &d.events[i]
		if e.Kind != observation.DNS || e.DNS == nil {
			continue
		}
		answers := e.DNS.Answers[:min(len(e.DNS.Answers), 12)]
		key := e.DNS.Type + " " + e.DNS.Name + " " + e.DNS.Code + " " + strings.Join(answers, "\n")
		at := slices.IndexFunc(all.All, func(q *question) bool { return q.key == key })
		if at < 0 && len(all.All) == most {
			all.Left++
			continue
		}
		if at < 0 {
			q := &question{
				At: seconds(e.At), Name: visible(e.DNS.Name, 255), Type: visible(e.DNS.Type, 20), Code: visible(e.DNS.Code, 20),
				More: len(e.DNS.Answers) - len(answers), key: key,
			}
			for _, a := range answers {
				q.Answers = append(q.Answers, visible(a, 200))
			}
			at, all.All = len(all.All), append(all.All, q)
		}
		q := all.All[at]
		q.Count++
		for _, k := range d.marks.at(e.Seq) {
			if k.grave() && !slices.Contains(q.Marks, k) && len(q.Marks) < maxMarks {
				q.Marks = append(q.Marks, k)
			}
		}
	}
	if len(all.All) == 0 {
		return nil
	}
	return all
}
