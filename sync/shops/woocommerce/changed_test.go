package woocommerce

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/sim"
	"stockbridge/sync/web"
)

// legacyShop lists orders as a shop that keeps them as posts does: filtered by the GMT time of change, sorted by the
// local one (NOTES section 3), in the time of Amsterdam.
type legacyShop struct {
	zone    *time.Location
	now     time.Time
	changed map[int]time.Time // by id
}

func (l *legacyShop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	after, _ := time.Parse(gmtLayout, q.Get("modified_after"))
	before, err := time.Parse(gmtLayout, q.Get("modified_before"))
	if err != nil {
		before = l.now.AddDate(1, 0, 0)
	}
	local := func(id int) string { return l.changed[id].In(l.zone).Format(gmtLayout) }
	var ids []int
	for id, at := range l.changed {
		if at.After(after) && at.Before(before) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b int) int {
		if q.Get("orderby") == "modified" {
			return cmp.Or(cmp.Compare(local(a), local(b)), a-b)
		}
		return a - b
	})
	offset, _ := strconv.Atoi(q.Get("offset"))
	size, _ := strconv.Atoi(q.Get("per_page"))
	ids = ids[min(offset, len(ids)):]
	rows := []map[string]any{}
	for _, id := range ids[:min(size, len(ids))] {
		at := l.changed[id].UTC().Format(gmtLayout)
		rows = append(rows, map[string]any{"id": id, "number": strconv.Itoa(id), "status": "processing", "currency": "EUR", "date_created_gmt": at,
			"date_modified": local(id), "date_modified_gmt": at, "date_paid_gmt": at, "total": "1.00", "total_tax": "0.00"})
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Date", l.now.UTC().Format(http.TimeFormat))
	_ = json.NewEncoder(w).Encode(rows)
}

func openLegacy(t *testing.T, now time.Time) (*shop, *legacyShop) {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Skip("no time zones on this machine")
	}
	l := &legacyShop{zone: zone, now: now, changed: map[int]time.Time{}}
	doer, err := web.New(web.Options{Side: "shop", URL: "https://shop.example", Transport: &sim.Transport{Handler: l}})
	if err != nil {
		t.Fatal(err)
	}
	return &shop{t: t, Client: New(settings.Connection{Name: "nl", Shop: settings.Shop{URL: "https://shop.example"}}, doer)}, l
}

// lost are the orders of a shop that were not read.
func (l *legacyShop) lost(met map[string]bool) (ids []int) {
	for id := range l.changed {
		if !met[strconv.Itoa(id)] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// At 01:00 GMT of 2026-10-25 the clocks of Amsterdam go back from three to two.
func TestOrdersWhileTheClockIsPutBack(t *testing.T) {
	end := time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)
	for _, limit := range []int{1, 2, 3, 5, 8, 0} {
		for _, step := range []time.Duration{time.Minute, 7 * time.Minute, 13 * time.Minute, 30 * time.Minute} {
			s, l := openLegacy(t, end.Add(-12*time.Hour))
			l.changed[1] = l.now.Add(-time.Minute) // the clock is known before it is put back
			met := map[string]bool{}
			refs, next := s.readAll(record.Query{Kinds: orders, Limit: limit}, nil)
			for at := end.Add(-2 * time.Hour); at.Before(end.Add(2 * time.Hour)); at = at.Add(step) {
				l.changed[len(l.changed)+1] = at
			}
			for range 3 {
				for _, ref := range refs {
					met[ref] = true
				}
				l.now = l.now.Add(24 * time.Hour)
				refs, next = s.readAll(record.Query{Kinds: orders, Limit: limit, After: next}, nil)
			}
			if lost := l.lost(met); len(lost) > 0 {
				t.Errorf("pages of %d, an order every %s: orders %v of %d were not read", limit, step, lost, len(l.changed))
			}
			if len(refs) != 0 {
				t.Errorf("pages of %d: %v are read over and over", limit, refs)
			}
		}
	}
}

func TestOrderDatedInTheFuture(t *testing.T) {
	s, l := openLegacy(t, monday)
	l.changed[1] = monday.Add(48 * time.Hour) // saved while the shop's clock was two days ahead
	met, next := map[string]bool{}, record.Cursor("")
	var refs []string
	for i := range 100 {
		refs, next = s.readAll(record.Query{Kinds: orders, After: next}, nil)
		for _, ref := range refs {
			met[ref] = true
		}
		l.now = l.now.Add(time.Hour)
		l.changed[100+i] = l.now
	}
	delete(l.changed, 199) // the last one was not asked for
	if lost := l.lost(met); len(lost) > 0 {
		t.Errorf("%d of %d orders were not read: %v", len(lost), len(l.changed), lost)
	}
}

// A cursor that ran ahead of the shop's clock once heals, and meets what it passed over.
func TestCursorAheadOfTheClock(t *testing.T) {
	s, l := openLegacy(t, monday)
	l.changed[7] = monday.Add(-time.Hour)
	ahead := fmt.Sprintf(`{"s":%d}`, monday.Add(48*time.Hour).Unix())
	refs, next := s.readAll(record.Query{Kinds: orders, After: record.Cursor(ahead)}, nil)
	if !slices.Equal(refs, []string{"7"}) || parse(next).Since > monday.Unix() {
		t.Errorf("read %v, next cursor %s", refs, next)
	}
}
