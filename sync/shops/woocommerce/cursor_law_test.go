package woocommerce

import (
	"maps"
	"net/http"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/sim"
	"stockbridge/sync/web"
)

// laggingShop shows an order only some time after the moment of change it carries, as a shop with a search index or a
// replicated database does (NOTES section 3): while it hides the change, the list has the order as it was.
type laggingShop struct {
	legacyShop
	pending map[int]hidden
}

type hidden struct{ at, until time.Time }

// lag is how long a change may stay hidden: the overlap, less the second a filter is strict by.
const lag = (overlap - 2) * time.Second

func (l *laggingShop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for id, h := range maps.Clone(l.pending) {
		if !l.now.Before(h.until) {
			l.changed[id] = h.at
			delete(l.pending, id)
		}
	}
	l.legacyShop.ServeHTTP(w, r)
}

// Every change of an order is read at least once: changes of one second, changes that surface late, changes between
// pages, reads that break off. Our own clock has no part in it.
func TestEveryChangedOrderIsRead(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		l := &laggingShop{legacyShop: legacyShop{zone: time.UTC, now: monday, changed: map[int]time.Time{}}, pending: map[int]hidden{}}
		off := time.Duration(rapid.IntRange(-24, 24).Draw(r, "our clock is off by hours")) * time.Hour
		doer, err := web.New(web.Options{Side: "shop", URL: "https://shop.example", Transport: &sim.Transport{Handler: l},
			Now: func() time.Time { return l.now.Add(off) }})
		if err != nil {
			t.Fatal(err)
		}
		c := New(settings.Connection{Name: "nl", Shop: settings.Shop{URL: "https://shop.example"}}, doer)
		want, read := map[int]time.Time{}, map[int]map[int64]bool{}
		var cur record.Cursor
		last := int64(0)
		change := func() {
			for range rapid.SampledFrom([]int{1, 1, 2, 7}).Draw(r, "orders of one second") {
				id := rapid.IntRange(1, 12).Draw(r, "order")
				if _, waits := l.pending[id]; waits {
					continue
				}
				want[id] = l.now
				l.pending[id] = hidden{l.now, l.now.Add(time.Duration(rapid.IntRange(0, int(lag/time.Second)).Draw(r, "hidden for seconds")) * time.Second)}
			}
		}
		readOn := func(calm bool) {
			at, size := cur, rapid.IntRange(1, 4).Draw(r, "page")
			for {
				p, err := c.Read(t.Context(), record.Query{Kinds: []record.Kind{record.KindOrder}, After: at, Limit: size})
				if err != nil {
					r.Fatal(err)
				}
				for _, rec := range p.Records {
					id, _ := strconv.Atoi(rec.Ref)
					if read[id] == nil {
						read[id] = map[int64]bool{}
					}
					read[id][l.changed[id].Unix()] = true
				}
				at = p.Next
				if !p.More {
					break
				}
				if calm {
					continue
				}
				switch rapid.IntRange(0, 9).Draw(r, "between pages") {
				case 0:
					return
				case 1, 2:
					cur = at
				case 3, 4:
					l.now = l.now.Add(time.Second)
					change()
				}
			}
			cur = at
			since := parse(cur).Since
			if since < last || since > l.now.Unix() {
				r.Fatalf("the cursor went from %d to %d, the shop's clock is %d", last, since, l.now.Unix())
			}
			last = since
		}
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			switch rapid.IntRange(0, 3).Draw(r, "step") {
			case 0:
				change()
			case 1:
				l.now = l.now.Add(time.Duration(rapid.IntRange(0, 8000).Draw(r, "seconds")) * time.Second)
			default:
				readOn(false)
			}
		}
		l.now = l.now.Add(lag)
		readOn(true) // ends a pass that was broken off
		readOn(true)
		for id, at := range want {
			if !read[id][at.Unix()] {
				r.Errorf("order %d changed at %s; read were %v", id, at, read[id])
			}
		}
	})
}
