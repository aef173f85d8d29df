package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sipconform/sipconform/harness/device"
)

func TestFramers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		framing Framing
		data    string
		want    []string
		fails   error
	}{
		{"lines", Line, "a\r\nb\n\nrest", []string{"a", "b", ""}, nil},
		{"long line", Line, "a\n" + strings.Repeat("x", maxFrame+1), []string{"a"}, errFrameTooLong},
		{"netstrings", Netstring, "5:hello,0:,3:a,b,12:unfini", []string{"hello", "", "a,b"}, nil},
		{"no comma", Netstring, "1:a,2:bcd", []string{"a"}, errNotNetstring},
		{"no digits", Netstring, "hello", nil, errNotNetstring},
		{"nothing before the colon", Netstring, ":,", nil, errNotNetstring},
		{"sign", Netstring, "-1:a,", nil, errNotNetstring},
		{"digits without end", Netstring, "1111111", nil, errNotNetstring},
		{"long netstring", Netstring, "65537:a", nil, errFrameTooLong},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, size := range []int{1, 3, len(test.data)} {
				f := newFramer(test.framing)
				var got []string
				var failure error
				for chunk := range slices.Chunk([]byte(test.data), size) {
					frames, err := f.frames(chunk)
					for _, frame := range frames {
						got = append(got, string(frame))
					}
					if err != nil {
						failure = err
					}
				}
				if !slices.Equal(got, test.want) || !errors.Is(failure, test.fails) {
					t.Errorf("in chunks of %d: got %q, %v", size, got, failure)
				}
			}
		})
	}
}

func TestFrame(t *testing.T) {
	t.Parallel()
	if got, err := frame(Netstring, []byte("a\nb")); err != nil || string(got) != "3:a\nb," {
		t.Errorf("netstring: %q, %v", got, err)
	}
	if got, err := frame(Line, []byte("ab")); err != nil || string(got) != "ab\n" {
		t.Errorf("line: %q, %v", got, err)
	}
	if _, err := frame(Line, []byte("a\nb")); err == nil {
		t.Error("a line with a line end was sent")
	}
}

// FuzzControl has the adapter read arbitrary bytes from the control channel.
func FuzzControl(f *testing.F) {
	for _, seed := range []string{
		"5:hello,", `27:{"event":true,"type":"DONE"},`, `16:{"ok":false,"t":1},`, "EVENT x\n", `{"type":{"a":[1]}}` + "\n",
		`{"unsupported":true}` + "\r\n", "null\n", "4:null,", "99999999:", "\x00\n",
	} {
		f.Add([]byte(seed), uint8(3))
	}
	told := events{{Field: "type", Detail: "param"}, {Pattern: Pattern{regexp.MustCompile(`^EVENT (.*)`)}, Name: "$1"}}
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		for _, framing := range []Framing{Line, Netstring} {
			for _, format := range []Format{PlainText, JSON} {
				broken := 0
				c := &controlChannel{
					protocol: &ControlProtocol{Framing: framing, Format: format, Token: "t", Reply: &Reply{OK: "ok", Error: "data"}},
					events:   told,
					hear: func(s saying) {
						if len(s.text) > maxFrame+maxText {
							t.Errorf("a saying of %d bytes", len(s.text))
						}
						if strings.HasPrefix(s.text, "CONTROL_BROKEN a control") {
							broken++
						}
					},
				}
				for chunk := range slices.Chunk(data, int(size)+1) {
					if n, err := c.Write(chunk); n != len(chunk) || err != nil {
						t.Fatalf("Write: %d, %v", n, err)
					}
				}
				if broken > 1 {
					t.Errorf("broken %d times", broken)
				}
			}
		}
	})
}

// FuzzLoad has arbitrary files parsed. Every mistake has to be reported in one line.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(head))
	f.Add([]byte(head + "control: {transport: tcp, address: a, framing: line, format: json}\n" +
		"stop: [{send: {a: !json '1', b: [x, {c: 2}]}}]\n"))
	f.Add([]byte(stepsYAML))
	f.Fuzz(func(t *testing.T, content []byte) {
		if bytes.Contains(content, []byte("range")) || bytes.Contains(content, []byte("printf")) {
			return // a template can ask for any amount of work
		}
		_, err := Load(t.Context(), fstest.MapFS{"device.yaml": {Data: content}}, "device.yaml")
		if p := new(BrokenDescriptor); err != nil && !errors.As(err, &p) {
			t.Errorf("%T: %v", err, err)
		}
	})
}

func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Size{"1B": 1, "2KiB": 2 << 10, "512MiB": 512 << 20, "3 GiB": 3 << 30} {
		d, _, fault := parse("device.yaml", []byte(head+"limits: {memory: "+strconv.Quote(text)+"}\n"))
		if fault != nil || d.Limits.Memory != want {
			t.Errorf("%s: %v, %v", text, d, fault)
		}
	}
}

func TestMessageRendersJSON(t *testing.T) {
	t.Parallel()
	d, _, fault := parse("device.yaml", []byte(head+`
control: {transport: tcp, address: a, framing: line, format: json}
stop:
  - send: {text: "{{.Account.User}} \"{{.Dir}}\"", list: [1, "{{.Address}}", {deep: true}], setup: !json '{{json .Account}}', none: null}
`))
	if fault != nil {
		t.Fatal(fault)
	}
	data := d.data(sampleSetup(device.Levers{}), "s")
	got, err := d.Stop[0].Send.render(data, "id", "7")
	if err != nil || !json.Valid(got) {
		t.Fatalf("%s, %v", got, err)
	}
	want := `{"id":"7","list":[1,"127.1.2.2",{"deep":true}],"none":null,` +
		`"setup":{"User":"alice","Password":"secret","Domain":"example.com","Expires":0},"text":"alice \"/sample\""}`
	if string(got) != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}
