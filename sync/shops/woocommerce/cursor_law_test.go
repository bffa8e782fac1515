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

// reading reads a lagging shop while people work there.
type reading struct {
	t    *testing.T
	r    *rapid.T
	shop *laggingShop
	c    *Client
	want map[int]time.Time      // by order: its last change
	read map[int]map[int64]bool // by order: the changes that were read
	cur  record.Cursor
	last int64 // the cursor's second
}

func newReading(t *testing.T, r *rapid.T) *reading {
	l := &laggingShop{legacyShop: legacyShop{zone: time.UTC, now: monday, changed: map[int]time.Time{}}, pending: map[int]hidden{}}
	off := time.Duration(rapid.IntRange(-24, 24).Draw(r, "our clock is off by hours")) * time.Hour
	doer, err := web.New(web.Options{Side: "shop", URL: "https://shop.example", Transport: &sim.Transport{Handler: l},
		Now: func() time.Time { return l.now.Add(off) }})
	if err != nil {
		t.Fatal(err)
	}
	c := New(settings.Connection{Name: "nl", Shop: settings.Shop{URL: "https://shop.example"}}, doer)
	return &reading{t: t, r: r, shop: l, c: c, want: map[int]time.Time{}, read: map[int]map[int64]bool{}}
}

// change changes orders in one second; each becomes visible some time later.
func (x *reading) change() {
	for range rapid.SampledFrom([]int{1, 1, 2, 7}).Draw(x.r, "orders of one second") {
		id := rapid.IntRange(1, 12).Draw(x.r, "order")
		if _, waits := x.shop.pending[id]; waits {
			continue
		}
		x.want[id] = x.shop.now
		late := time.Duration(rapid.IntRange(0, int(lag/time.Second)).Draw(x.r, "hidden for seconds")) * time.Second
		x.shop.pending[id] = hidden{x.shop.now, x.shop.now.Add(late)}
	}
}

// readOn reads from the cursor to the end, or breaks off unless it is calm.
func (x *reading) readOn(calm bool) {
	at, size := x.cur, rapid.IntRange(1, 4).Draw(x.r, "page")
	for {
		p, err := x.c.Read(x.t.Context(), record.Query{Kinds: []record.Kind{record.KindOrder}, After: at, Limit: size})
		if err != nil {
			x.r.Fatal(err)
		}
		for _, rec := range p.Records {
			id, _ := strconv.Atoi(rec.Ref)
			if x.read[id] == nil {
				x.read[id] = map[int64]bool{}
			}
			x.read[id][x.shop.changed[id].Unix()] = true
		}
		if at = p.Next; !p.More {
			break
		}
		if calm {
			continue
		}
		switch rapid.IntRange(0, 9).Draw(x.r, "between pages") {
		case 0:
			return
		case 1, 2:
			x.cur = at
		case 3, 4:
			x.shop.now = x.shop.now.Add(time.Second)
			x.change()
		}
	}
	x.cur = at
	since := parse(at).Since
	if since < x.last || since > x.shop.now.Unix() {
		x.r.Fatalf("the cursor went from %d to %d, the shop's clock is %d", x.last, since, x.shop.now.Unix())
	}
	x.last = since
}

// Every change of an order is read at least once: changes of one second, changes that surface late, changes between
// pages, reads that break off. Our own clock has no part in it.
func TestEveryChangedOrderIsRead(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x := newReading(t, r)
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			switch rapid.IntRange(0, 3).Draw(r, "step") {
			case 0:
				x.change()
			case 1:
				x.shop.now = x.shop.now.Add(time.Duration(rapid.IntRange(0, 8000).Draw(r, "seconds")) * time.Second)
			default:
				x.readOn(false)
			}
		}
		x.shop.now = x.shop.now.Add(lag)
		x.readOn(true) // ends a pass that was broken off
		x.readOn(true)
		for id, at := range x.want {
			if !x.read[id][at.Unix()] {
				r.Errorf("order %d changed at %s; read were %v", id, at, x.read[id])
			}
		}
	})
}
