package report

import (
	"cmp"
	"html/template"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/harness/report/sheet"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// Column is a run in a matrix of several.
type Column struct {
	Run *results.Run
	// Report is the path of the run's page, relative to that of the matrix and with forward slashes; empty if it does not
	// lie nearby.
	Report string
}

// Matrix writes one page of several runs, of devices and of their versions: a column for each, and a row for each claim,
// each area of a product, and each requirement. Known may be nil.
func Matrix(w io.Writer, title string, columns []Column, known Requirements) error {
	sources, err := loadSources()
	if err != nil {
		return err
	}
	m := &matrix{Title: title, Head: matrixHead}
	for _, c := range columns {
		p := newPage(visible(c.Run), known, sources)
		m.Columns = append(m.Columns, matrixColumn{Page: p, link: (&url.URL{Path: c.Report}).String()})
	}
	m.addClaims()
	m.addAreas()
	m.addRequirements()
	return matrixTemplate.Execute(w, m)
}

var (
	matrixHead     = sheet.New(asset("matrix.css"), "")
	matrixTemplate = template.Must(template.New("matrix.html").ParseFS(assets, "matrix.html"))
)

// matrix is the content of the page.
type matrix struct {
	Title   string
	Columns []matrixColumn
	Tables  []matrixTable
	Head    sheet.Head
}

// Wide returns the number of columns, that of the names of rows included.
func (m *matrix) Wide() int { return len(m.Columns) + 1 }

// matrixColumn is a run.
type matrixColumn struct {
	Page *page
	link string
}

// Link returns the URL of the run's page, or of a place on it; it is empty if there is none.
func (c matrixColumn) Link(place string) string {
	if c.link == "" || place == "" {
		return c.link
	}
	return c.link + "#" + place
}

// matrixTable has rows of one kind.
type matrixTable struct {
	ID, Name, What string
	Rows           []*matrixRow
}

// matrixRow has a cell for each run.
type matrixRow struct {
	Group, Name, Title string
	Cells              []*matrixCell // nil where the run has nothing of it
}

// matrixCell is what a run says of a row.
type matrixCell struct {
	Class, Glyph, Word, More, Link string
}

// row returns the row of a table, which it adds if need be.
func (m *matrix) row(t *matrixTable, group, name, title string) *matrixRow {
	at := slices.IndexFunc(t.Rows, func(r *matrixRow) bool { return r.Group == group && r.Name == name })
	if at < 0 {
		at = len(t.Rows)
		t.Rows = append(t.Rows, &matrixRow{Group: group, Name: name, Title: title, Cells: make([]*matrixCell, len(m.Columns))})
	}
	return t.Rows[at]
}

func (m *matrix) addClaims() {
	t := matrixTable{ID: "claims", Name: "Claims", What: "Product and role"}
	for i, c := range m.Columns {
		for _, claim := range c.Page.Run.Claims {
			role := roleWords(claim.Role)
			if claim.Configuration != "" {
				role += ", as " + claim.Configuration
			}
			m.row(&t, productName(claim.Vendor, claim.Product), role, "").Cells[i] = &matrixCell{
				Class: "c-" + string(claim.State), Glyph: claimGlyph(claim.State), Word: strings.ReplaceAll(string(claim.State), "-", " "),
				More: coverage(claim.Core), Link: c.Link("claims"),
			}
		}
	}
	m.add(t)
}

// coverage tells how many core scenarios were concluded.
func coverage(c results.Coverage) string {
	return "core " + strconv.Itoa(c.Concluded) + " of " + strconv.Itoa(c.Of)
}

func (m *matrix) addAreas() {
	t := matrixTable{ID: "areas", Name: "Areas", What: "Product and area"}
	for i, c := range m.Columns {
		for _, h := range c.Page.Shelves {
			for _, a := range h.Areas {
				gravest := a.Gravest()
				cell := verdictCell(gravest.Verdict, "", c.Link(a.Anchor()))
				cell.Word = strconv.Itoa(gravest.N)
				cell.More = string(gravest.Verdict)
				if gravest.N < len(a.Scenarios) {
					cell.More += " of " + strconv.Itoa(len(a.Scenarios))
				}
				m.row(&t, productName(h.Vendor, h.Product), a.Area, "").Cells[i] = cell
			}
		}
	}
	slices.SortStableFunc(t.Rows, func(a, b *matrixRow) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), byArea(a.Name, b.Name))
	})
	m.add(t)
}

func (m *matrix) addRequirements() {
	t := matrixTable{ID: "requirements", Name: "Requirements", What: "Requirement"}
	for i, c := range m.Columns {
		for _, v := range c.Page.Vendors {
			for _, r := range v.Requirements {
				text := ""
				if r.Known != nil {
					text = r.Known.Title
				}
				of := 0
				for _, n := range r.Counts {
					of += n.N
				}
				more := ""
				for _, n := range r.Counts {
					if n.Verdict == r.Verdict {
						more = strconv.Itoa(n.N) + " of " + strconv.Itoa(of)
					}
				}
				m.row(&t, title(v.Name), r.ID, text).Cells[i] = verdictCell(r.Verdict, more, c.Link("requirement/"+r.ID))
			}
		}
	}
	slices.SortStableFunc(t.Rows, func(a, b *matrixRow) int {
		return cmp.Or(cmp.Compare(standingOf(a.Group), standingOf(b.Group)), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Name, b.Name))
	})
	m.add(t)
}

// standingOf sorts vendors before the standards, by their titles.
func standingOf(group string) int { return slices.Index([]string{title("rfc"), title("stack")}, group) }

// verdictCell shows a verdict, or that there are only remarks.
func verdictCell(v verdict.Verdict, more, link string) *matrixCell {
	return &matrixCell{
		Class: "v-" + cmp.Or(string(v), "remark"), Glyph: Glyph(v), Word: cmp.Or(string(v), "remark only"), More: more, Link: link,
	}
}

func (m *matrix) add(t matrixTable) {
	if len(t.Rows) > 0 {
		m.Tables = append(m.Tables, t)
	}
}

// productName names a vendor's product in a heading.
func productName(vendor, product string) string { return title(vendor) + " " + product }
