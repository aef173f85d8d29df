package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/scenarios"
)

// TestReportInChromium reads the report of a device that fails as a person does: from the overview to the scenarios of a
// cell, back, from a cause to a scenario, and down to its ladder, its certificates, its media and its sound. Then it looks for
// barriers, on a large screen and a phone, in both colour schemes, and for what does not fit on paper. With
// SIPCONFORM_TEST_REPORT, a list of folders of reports as PATH is one, it looks at the start of these, too.
func TestReportInChromium(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	testkit.Program(t, "chromium")
	testkit.Program(t, "chromedriver")
	folder := failed(t)
	server := httptest.NewServer(http.FileServer(http.Dir(folder)))
	t.Cleanup(server.Close)
	for name, url := range map[string]string{"file": "file://" + folder + "/report.html", "http": server.URL + "/report.html"} {
		t.Run(name, func(t *testing.T) {
			r := &reader{t, testkit.Chromium(t), folder}
			r.browser.Show(1280, 900, "light")
			r.browser.Open(url)
			r.walk()
			r.opens()
			r.looks(name)
			r.complains()
		})
	}
	t.Run("matrix", func(t *testing.T) {
		page := filepath.Join(t.TempDir(), "matrix.html")
		if status, err := matrix(t.Context(), []string{page, folder, folder}, io.Discard); status != 0 || err != nil {
			t.Fatal(status, err)
		}
		r := &reader{t, testkit.Chromium(t), folder}
		r.browser.Show(1280, 900, "light")
		r.browser.Open("file://" + filepath.ToSlash(page))
		r.looks("matrix")
		r.complains()
	})
	for _, other := range filepath.SplitList(os.Getenv("SIPCONFORM_TEST_REPORT")) {
		name := "report of " + filepath.Base(other)
		t.Run(name, func(t *testing.T) {
			full, err := filepath.Abs(other)
			if err != nil {
				t.Fatal(err)
			}
			r := &reader{t, testkit.Chromium(t), full}
			r.browser.Show(1280, 900, "light")
			r.browser.Open("file://" + filepath.ToSlash(full) + "/report.html")
			r.wanders()
			r.opens()
			r.looks(name)
			r.complains()
		})
	}
}

// failed makes the report of a device that trusts anybody, against an earlier run.
func failed(t *testing.T) (folder string) {
	t.Helper()
	library, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	trusting := reference.New(reference.Options{
		Name: "trusting", Bugs: reference.Bugs{AcceptsUnknownCA: true, AcceptsExpired: true}, Interval: 5 * time.Millisecond,
	})
	var filter []string
	for _, id := range []string{"twilio:voice:connect:default", "twilio:voice:certificate:unknown-ca", "twilio:voice:certificate:expired",
		"twilio:voice:call-out:secure", "genesys:byoc-cloud:certificate:unknown-ca"} {
		filter = append(filter, "id:"+id)
	}
	c, err := scenarios.Prepare(t.Context(), library, scenarios.Options{
		Device: trusting, Out: folder, Jobs: 4, Filter: strings.Join(filter, " || "), Depth: "full", Against: before(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	run, err := c.Conclude(c.Engine.Run(t.Context(), c.Plan))
	if err != nil {
		t.Fatal(err)
	}
	if run.Outcome != results.NotConformant {
		t.Fatalf("the device that trusts anybody is %s", run.Outcome)
	}
	return folder
}

// reader reads a page.
type reader struct {
	t       *testing.T
	browser *testkit.Browser
	folder  string // of the report
}

// rowsShown is how many scenarios the list shows.
const rowsShown = `document.querySelectorAll('#list .row:not([hidden])').length`

// walk goes the ways that a reader goes.
func (r *reader) walk() {
	t, b := r.t, r.browser
	t.Helper()
	var all int
	b.Run("return "+rowsShown, &all)

	r.press("#overview a.v-fail")
	b.Await(`location.hash.startsWith('#filter=vendor:')`)
	b.Await(rowsShown + ` > 0 && ` + rowsShown + fmt.Sprintf(" < %d", all))
	r.press(".chip[data-term='verdict:fail']")
	b.Await(`location.hash.endsWith('+verdict:fail') && document.querySelector('.chip[aria-pressed=true]').dataset.term === 'verdict:fail'`)
	b.Run("history.back()", nil)
	b.Await(`location.hash.includes('area:') && !location.hash.includes('verdict:')`)
	b.Run("history.back()", nil)
	b.Await(rowsShown + fmt.Sprintf(" === %d", all))

	r.press(".cause .reach a")
	b.Await(`location.hash.startsWith('#filter=cause:')`)
	b.Await(rowsShown + ` === 2`) // the cause is one, in two products
	r.press(".cause .typical a")
	b.Await(`document.querySelector('.row[open] .drawing section')`)
	r.draws("Messages", "TLS handshakes", "Certificates")

	// What has passed is found by its words, and unpacked when it is opened.
	const passed = `document.getElementById('scenario/twilio/voice/call-out/secure')`
	b.Run(`const slug = /<code class="slug">([^<]+)/.exec(`+passed+`.querySelector('noscript').textContent)[1];
		location.hash = '#filter=' + slug`, nil)
	b.Await(passed + `.checkVisibility() && ` + rowsShown + fmt.Sprintf(" < %d", all))
	b.Run(`location.hash = '#scenario/twilio/voice/call-out/secure'`, nil)
	b.Await(passed + `.querySelector('.inside > p > .slug')?.checkVisibility() && !` + passed + `.querySelector('noscript')`)
	b.Await(passed + `.querySelector('.drawing section')`)
	r.draws("Messages", "Session descriptions", "Media")
	r.plays()

	// One stop of the tab key is enough for the list, in which arrows lead on.
	b.Run(`document.querySelector('#reset').click()`, nil)
	b.Await(`document.querySelectorAll('#list .group > summary[tabindex="0"], #list .row > summary[tabindex="0"]').length === 1`)
	b.Run(`document.querySelector('#list summary[tabindex="0"]').focus()`, nil)
	b.Type(End)
	b.Type(Up)
	b.Await(`document.activeElement.matches('#list summary') && document.activeElement !== document.querySelector('#list summary')`)

	// Whoever looks for what took longest gets one list.
	b.Run(`const s = document.querySelector('#sort'); s.value = 'duration'; s.dispatchEvent(new Event('change'))`, nil)
	b.Await(`location.hash === '#sort=duration'`)
	b.Await(`[...document.querySelectorAll('.flat .row')].every((row, i, all) => i === 0 || +all[i - 1].dataset.ms >= +row.dataset.ms)`)
	b.Await(rowsShown + fmt.Sprintf(" === %d", all))

	// What was otherwise in the earlier run is marked, and found.
	b.Run(`location.hash = '#filter=change:mended'`, nil)
	b.Await(rowsShown + ` === 1 && document.querySelector('#list .row:not([hidden]) .ch-mended')`)
	b.Run(`document.querySelector('#reset').click(); document.querySelector('#all').click()`, nil)
	b.Await(`!document.querySelector('#list details:not([open]):is(.row, .group)') && !document.querySelector('template.packed')`)
}

// wanders goes the ways that lead through any report: from a cell to its scenarios, from a cause to one of them with its
// messages, handshakes and certificates, and to a sound, as far as the run has what they lead to.
func (r *reader) wanders() {
	t, b := r.t, r.browser
	t.Helper()
	var fails, causes int
	b.Run(`return document.querySelectorAll('#overview a.v-fail').length`, &fails)
	cell := "#overview a.v-pass"
	if fails > 0 {
		cell = "#overview a.v-fail"
	}
	r.press(cell)
	b.Await(`location.hash.startsWith('#filter=vendor:')`)
	b.Await(rowsShown + ` > 0`)
	b.Run(`document.querySelector('#reset').click()`, nil)
	b.Run(`return document.querySelectorAll('.cause .typical a').length`, &causes)
	for i := range causes {
		b.Run(fmt.Sprintf(`const link = document.querySelectorAll('.cause .typical a')[%d];
			link.closest('details')?.setAttribute('open', '');
			link.click()`, i), nil)
		b.Await(fmt.Sprintf(`(() => {
			const link = document.querySelectorAll('.cause .typical a')[%d];
			return document.getElementById(decodeURIComponent(link.hash.slice(1)))?.querySelector('.drawing section');
		})()`, i))
	}
	if causes > 0 { // of which one or the other is about a handshake, or a call
		r.draws("TLS handshakes", "Certificates")
	}
	var called string
	b.Run(`const row = [...document.querySelectorAll('#list .row')].find((row) => row.innerHTML.includes('.wav'));
		if (!row) return '';
		location.hash = '#' + row.id;
		return row.id`, &called)
	sounds, err := filepath.Glob(filepath.Join(r.folder, "evidence/*/*/*/*/*.wav"))
	switch {
	case err != nil:
		t.Error(err)
	case called == "" && len(sounds) > 0:
		t.Errorf("the page leads to no sound, and there is %s", sounds[0])
	case called != "":
		b.Await(fmt.Sprintf(`document.getElementById(%q).querySelector('.drawing section')`, called))
		r.draws("Messages", "Session descriptions", "Media")
		r.sounds("played")
	}
	t.Logf("%d cells fail, %d causes, a sound: %s", fails, causes, called)
}

// Keys of a list.
const (
	End = "\uE010"
	Up  = "\uE013"
)

// press scrolls to what a CSS selector finds, and clicks it.
func (r *reader) press(selector string) {
	r.t.Helper()
	r.browser.Run(fmt.Sprintf("document.querySelector(%q).scrollIntoView({ block: 'center' })", selector), nil)
	r.browser.Click(selector)
}

// draws checks that the drawings that are open have sections of these names.
func (r *reader) draws(names ...string) {
	r.t.Helper()
	var headings []string
	r.browser.Run(`return [...document.querySelectorAll('.row[open] .drawing .pic-h')].filter((h) => h.checkVisibility()).map((h) => h.textContent)`, &headings)
	for _, name := range names {
		if !strings.Contains(strings.Join(headings, "\n"), name) {
			r.t.Errorf("no drawing has %q: %q", name, headings)
		}
	}
}

// plays plays the first sound of the scenario that is open, if the evidence of a call has one.
func (r *reader) plays() {
	r.t.Helper()
	want := "none"
	sounds, err := filepath.Glob(filepath.Join(r.folder, "evidence/twilio/voice/call-out/secure/*.wav"))
	if err != nil {
		r.t.Fatal(err)
	}
	if len(sounds) > 0 {
		want = "played"
	}
	r.sounds(want)
}

// sounds plays the first sound that can be seen.
func (r *reader) sounds(want string) {
	r.t.Helper()
	var played string
	r.browser.Run(`const sound = [...document.querySelectorAll('audio')].find((a) => a.checkVisibility());
		if (!sound) return 'none';
		sound.muted = true;
		return sound.play().then(() => sound.duration > 0 ? 'played' : 'it has no length', String)`, &played)
	if played != want {
		r.t.Errorf("the sound of a call: %s, want it %s", played, want)
	}
}

// opens opens one scenario that failed, or the first, and one that has passed, and takes all others away: of thousands, a look at
// two is enough.
func (r *reader) opens() {
	r.t.Helper()
	r.browser.Run(`const find = (selector) => document.querySelector('#list .row' + selector);
		const keep = [find('.v-fail') || find(''), document.getElementById('scenario/twilio/voice/call-out/secure') || find('.v-pass')];
		for (const row of document.querySelectorAll('#list .row')) {
			if (keep.includes(row)) row.open = row.closest('.group').open = true; else row.remove();
		}
		for (const row of document.querySelectorAll('#requirements .row + .row, .names li:nth-child(n + 20)')) row.remove();
		for (const group of document.querySelectorAll('#list .group')) if (!group.querySelector('.row')) group.remove();
		for (const more of document.querySelectorAll('.cause .more')) more.open = true;`, nil)
	r.browser.Await(`[...document.querySelectorAll('#list .row')].every((row) => row.querySelector('.drawing section'))`)
}

// looks looks for barriers, and for what does not fit.
func (r *reader) looks(name string) {
	t, b := r.t, r.browser
	t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int{1280, 390} {
			b.Show(width, 900, scheme)
			for _, barrier := range b.Barriers() {
				t.Errorf("%d, %s: %s", width, scheme, barrier)
			}
			r.fits(fmt.Sprintf("%d, %s", width, scheme))
			if t.ArtifactDir() != "" && os.Getenv("SIPCONFORM_TEST_PICTURES") != "" {
				b.Picture(fmt.Sprintf("report-%s-%s-%d", name, scheme, width))
			}
		}
	}
	b.ShowPrint(700) // A4 without its margins
	r.fits("on paper")
}

// fits checks that nothing goes beyond the side of the page.
func (r *reader) fits(where string) {
	r.t.Helper()
	var wide []string
	r.browser.Run(`const most = document.documentElement.clientWidth, page = document.documentElement;
		if (page.scrollWidth <= most) return [];
		return [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > most + 1)
			.slice(0, 5).map((e) => e.outerHTML.slice(0, 200)).concat('the page')`, &wide)
	if len(wide) > 0 {
		r.t.Errorf("%s: it is too wide: %q", where, wide)
	}
}

// complains checks that the browser had nothing to complain about.
func (r *reader) complains() {
	r.t.Helper()
	for _, c := range r.browser.Complaints() {
		r.t.Errorf("the console says %s", c)
	}
}
