package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

// root is the folder of the repository.
func root(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join("..", "..", ".."))
	must(t, err)
	return folder
}

// readme returns the README, or the part of it below a heading, up to the next one of any level.
func readme(t *testing.T, heading string) string {
	t.Helper()
	text := file(t, filepath.Join(root(t), "README.md"))
	if heading == "" {
		return text
	}
	_, text, found := strings.Cut(text, "\n"+heading+"\n")
	if !found {
		t.Fatalf("README.md has no %q", heading)
	}
	fenced := false
	var part strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		if !fenced && strings.HasPrefix(line, "#") {
			break
		}
		part.WriteString(line)
	}
	return part.String()
}

// shown returns the shell commands of a text: each line of a block of sh, and what stands behind $ in any block. A backslash at
// the end of a line goes on with the command.
func shown(text string) (commands []string) {
	language, fenced := "", false
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", "")) {
		line = strings.TrimSuffix(line, "\n")
		if after, fence := strings.CutPrefix(line, "```"); fence {
			language, fenced = after, !fenced
			continue
		}
		prompted, is := strings.CutPrefix(line, "$ ")
		switch {
		case !fenced, line == "":
		case is:
			commands = append(commands, prompted)
		case language == "sh":
			commands = append(commands, line)
		}
	}
	return commands
}

// arguments has the shell split a command, without what is redirected.
func arguments(t *testing.T, command string) []string {
	t.Helper()
	out, err := exec.Command(testkit.Program(t, "sh"), "-c", "printf '%s\\n' "+command).Output()
	if err != nil {
		t.Fatalf("%s: the shell does not take it: %v", command, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// TestReadmeCommands: the commands that README shows are there, have those flags, and select something.
func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, command := range shown(readme(t, "")) {
		switch name, rest, _ := strings.Cut(strings.TrimPrefix(command, "sudo "), " "); name {
		case "./sipconform":
			checkCommand(t, command, arguments(t, rest))
			checked++
		case "make":
			checkMake(t, command, arguments(t, rest))
			checked++
		}
	}
	if checked < 30 {
		t.Errorf("README.md has %d commands, want 30 at least", checked)
	}
}

// checkCommand checks the flags of a command against what it says of itself.
func checkCommand(t *testing.T, shown string, words []string) {
	t.Helper()
	name, rest := words[:1], words[1:]
	if name[0] == "lab" || name[0] == "device" {
		name, rest = words[:2], words[2:]
	}
	help := sipconform(t, append(name[:len(name):len(name)], "-h")...)
	if help.status != 0 {
		t.Errorf("%s: there is no such command: %s", shown, help)
		return
	}
	for i, word := range rest {
		flag, value, with := strings.Cut(strings.TrimLeft(word, "-"), "=")
		switch {
		case word == "--":
			return
		case !strings.HasPrefix(word, "-"):
			continue
		case !regexp.MustCompile(`(?m)^  -` + regexp.QuoteMeta(flag) + `\b`).MatchString(help.out + help.errors):
			t.Errorf("%s: there is no -%s", shown, flag)
		}
		if !with && i+1 < len(rest) {
			value = rest[i+1]
		}
		if flag == "filter" {
			checkFilter(t, shown, value, rest)
		}
	}
}

// checkFilter checks that a filter selects something, of the vendors that the command has.
func checkFilter(t *testing.T, shown, filter string, words []string) {
	t.Helper()
	args := []string{"list", "-device=reference", "-filter=" + filter}
	for i, word := range words {
		if word == "-vendors" {
			args = append(args, "-vendors="+filepath.Join(root(t), words[i+1]))
		}
	}
	if o := sipconform(t, args...); o.status != 0 {
		t.Errorf("%s: %s", shown, o)
	}
}

// checkMake checks targets and variables against the Makefile.
func checkMake(t *testing.T, shown string, words []string) {
	t.Helper()
	makefile := file(t, filepath.Join(root(t), "Makefile"))
	for _, word := range words {
		pattern := `(?m)^` + regexp.QuoteMeta(word) + `:`
		variable, value, is := strings.Cut(word, "=")
		if is {
			pattern = `(?m)^` + regexp.QuoteMeta(variable) + ` *\?=`
		}
		if !regexp.MustCompile(pattern).MatchString(makefile) {
			t.Errorf("%s: the Makefile has no %s", shown, variable)
		}
		if variable == "FILTER" && is {
			checkFilter(t, shown, value, nil)
		}
		if variable == "DEVICE" && is && !strings.Contains(value, "/") {
			if _, err := os.Stat(filepath.Join(root(t), "fixtures", "devices", value, "device.yaml")); err != nil {
				t.Errorf("%s: %v", shown, err)
			}
		}
	}
}

// blocks returns the fenced blocks of a text that are of a language, without the lines that stand for others.
func blocks(text, language string) (all []string) {
	inside := false
	for line := range strings.Lines(text) {
		switch after, fence := strings.CutPrefix(strings.TrimSpace(line), "```"); {
		case fence && !inside && after == language:
			inside = true
			all = append(all, "")
		case fence:
			inside = false
		case inside && strings.TrimSpace(line) != "…":
			all[len(all)-1] += line
		}
	}
	return all
}

// TestReadmeDescriptors: what README shows of the descriptors of devices on a network is in them.
func TestReadmeDescriptors(t *testing.T) {
	t.Parallel()
	for heading, device := range map[string]string{"### An SBC on another host": "example-sbc", "### A container in CI": "example-container"} {
		descriptor := file(t, filepath.Join(root(t), "fixtures", "devices", device, "device.yaml"))
		shown := blocks(readme(t, heading), "yaml")
		if len(shown) == 0 {
			t.Errorf("%s shows nothing of a descriptor", heading)
		}
		for line := range strings.Lines(strings.Join(shown, "")) {
			if !strings.Contains(descriptor, "\n"+line) {
				t.Errorf("%s: %s has no line %q", heading, device, line)
			}
		}
	}
}
