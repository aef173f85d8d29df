package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/sipconform/sipconform/harness/compare"
)

// differences returns where two values differ as JSON, a line for each place: what is
// recorded there, and what is borne out.
func differences(recorded, borne any) []string {
	var all []string
	descend("", generic(recorded), generic(borne), &all)
	return all
}

// generic returns a value as JSON has it, in which text that is not UTF-8 cannot be told
// from its replacement.
func generic(value any) any {
	data, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var all any
	if err := dec.Decode(&all); err != nil {
		return err.Error()
	}
	return all
}

func descend(at string, was, is any, all *[]string) {
	switch was := was.(type) {
	case map[string]any:
		if is, ok := is.(map[string]any); ok {
			for _, name := range compare.Union(was, is) {
				descend(dotted(at, name), was[name], is[name], all)
			}
			return
		}
	case []any:
		if is, ok := is.([]any); ok && len(is) == len(was) {
			for i := range was {
				descend(fmt.Sprintf("%s[%d]", at, i), was[i], is[i], all)
			}
			return
		}
	default:
		if was == is {
			return
		}
	}
	*all = append(*all, fmt.Sprintf("%s: recorded %s, borne out is %s", at, shown(was), shown(is)))
}

func dotted(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// shown returns a value in one line, nothing for one that is not there.
func shown(value any) string {
	if value == nil {
		return "nothing"
	}
	data, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
