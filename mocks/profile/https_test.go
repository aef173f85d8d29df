package profile

import (
	"testing"
	"time"
)

// TestNoticeOfMonths checks six months from every day of a common year and of a leap year: they end in the sixth month
// after, on the same day, or on the last if that month is shorter.
func TestNoticeOfMonths(t *testing.T) {
	t.Parallel()
	for _, year := range []int{2023, 2024} {
		short := 0 // days from which 183 days would be less than six months
		before := time.Time{}
		for given := time.Date(year, 1, 1, 9, 30, 0, 0, time.UTC); given.Year() == year; given = given.AddDate(0, 0, 1) {
			over := Notice{Months: 6}.After(given)
			first := time.Date(year, given.Month()+6, 1, 9, 30, 0, 0, time.UTC)
			last := first.AddDate(0, 1, -1)
			want := time.Date(first.Year(), first.Month(), min(given.Day(), last.Day()), 9, 30, 0, 0, time.UTC)
			if !over.Equal(want) {
				t.Errorf("six months from %v are over on %v, want %v", given, over, want)
			}
			if over.Before(before) {
				t.Errorf("a notice given on %v is over on %v, before that of the day before", given, over)
			}
			before = over
			if given.AddDate(0, 0, 183).Before(over) {
				short++
			}
		}
		if short == 0 {
			t.Errorf("%d: 183 days are six months from every day", year)
		}
	}
}

// TestNotice checks days, months and both.
func TestNotice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		given, over string
		Notice
	}{
		{"2024-03-01", "2024-04-30", Notice{Days: 60}},
		{"2023-12-31", "2024-02-29", Notice{Days: 60}},
		{"2023-08-31", "2024-02-29", Notice{Months: 6}},
		{"2024-08-31", "2025-02-28", Notice{Months: 6}},
		{"2024-02-29", "2024-08-29", Notice{Months: 6}},
		{"2024-01-31", "2024-03-01", Notice{Months: 1, Days: 1}},
		{"2024-05-05", "2024-05-05", Notice{}},
	} {
		given, err := time.Parse(time.DateOnly, c.given)
		if err != nil {
			t.Fatal(err)
		}
		if over := c.After(given).Format(time.DateOnly); over != c.over {
			t.Errorf("%+v from %s is over on %s, want %s", c.Notice, c.given, over, c.over)
		}
	}
}
