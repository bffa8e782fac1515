package bc

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/sim"
	"stockbridge/sync/web"
)

// owner is Business Central at its worst (NOTES section 4): rows become visible later than the stamp they carry, many
// rows share a stamp, several servers' clocks differ, and people work while pages are read.
type owner struct {
	*world
	r       *rapid.T
	names   map[string]string // by number: what is committed now
	seen    map[string]string // by number: what was last read
	cursor  record.Cursor
	last    time.Time // the cursor's
	version int
	calm    bool // nobody works, and reads are not broken off
}

// late is how long after its stamp a row may become visible, beside the seconds in which clocks are told.
const late = defaultOverlap - 90*time.Second

// skew is how far the clocks of two servers of one installation lie apart.
const skew = 30 * time.Second

func newOwner(t *testing.T, r *rapid.T) *owner {
	w := &world{t: t, time: noon, faults: &sim.Faults{}}
	o := &owner{world: w, r: r, names: map[string]string{}, seen: map[string]string{}}
	var err error
	if w.sim, err = bcsim.New(bcsim.Options{User: "STOCKBRIDGE", Key: "key", Now: w.now}); err != nil {
		t.Fatal(err)
	}
	w.co = w.sim.AddCompany(companyName)
	w.conn = settings.Connection{Name: "nl", BC: settings.BC{URL: "https://bc01.example.nl:7048/BC", Company: companyName, User: "STOCKBRIDGE"}}
	opts, err := Options(w.conn, func(string, string) (settings.Secret, error) { return settings.NewSecret("key"), nil })
	if err != nil {
		t.Fatal(err)
	}
	opts.Transport = &sim.Transport{Handler: http.HandlerFunc(o.serve)}
	off := time.Duration(rapid.IntRange(-24, 24).Draw(r, "our clock is off by hours")) * time.Hour
	opts.Now = func() time.Time { return w.now().Add(off) }
	if w.web, err = web.New(opts); err != nil {
		t.Fatal(err)
	}
	w.client = New(w.conn, w.web)
	return o
}

// serve answers as one of two servers whose clocks differ.
func (o *owner) serve(w http.ResponseWriter, r *http.Request) {
	o.world.sim.ServeHTTP(&dated{w, o.now().Add(o.tier())}, r)
}

func (o *owner) tier() time.Duration {
	if rapid.Bool().Draw(o.r, "the other server") {
		return skew
	}
	return 0
}

// dated overwrites the clock an answer tells.
type dated struct {
	http.ResponseWriter
	at time.Time
}

func (d *dated) WriteHeader(status int) {
	d.Header().Set("Date", d.at.UTC().Format(http.TimeFormat))
	d.ResponseWriter.WriteHeader(status)
}

// edit commits a new or changed item whose stamp is up to `late` old.
func (o *owner) edit() {
	o.version++
	number, name := fmt.Sprintf("I%d", rapid.IntRange(0, 12).Draw(o.r, "item")), fmt.Sprintf("version %d", o.version)
	var err error
	if _, there := o.names[number]; there {
		err = o.co.SetItemName(number, name)
	} else {
		_, err = o.co.AddItem(bcsim.Item{Number: number, Name: name})
	}
	if err == nil {
		old := time.Duration(rapid.IntRange(0, int(late/time.Second)).Draw(o.r, "committed late by seconds")) * time.Second
		err = o.co.Stamp("items", o.now().Add(-old), number)
	}
	if err != nil {
		o.r.Fatal(err)
	}
	o.names[number] = name
}

// job stamps all items alike.
func (o *owner) job() {
	o.co.AdjustCost()
}

func (o *owner) wait() {
	o.pass(time.Duration(rapid.IntRange(0, 700).Draw(o.r, "seconds")) * time.Second)
}

// read reads from the cursor to the end, or breaks off; people go on working between the pages.
func (o *owner) readOn() {
	cur, size := o.cursor, rapid.IntRange(1, 5).Draw(o.r, "page")
	for {
		p, err := o.client.Read(o.t.Context(), record.Query{Kinds: []record.Kind{record.KindItem}, After: cur, Limit: size})
		if err != nil {
			o.r.Fatal(err)
		}
		for _, rec := range p.Records {
			o.seen[rec.Key.ID] = rec.Body.(*record.Item).Name
		}
		cur = p.Next
		if !p.More {
			break
		}
		if o.calm {
			continue
		}
		switch rapid.IntRange(0, 9).Draw(o.r, "between pages") {
		case 0:
			return // the process ends; the next one begins at the cursor that was committed
		case 1, 2:
			o.cursor = cur // a page's cursor is committed too
		case 3, 4, 5:
			o.edit()
		}
	}
	o.cursor = cur
	since := parseCursor(cur, &company{id: o.co.ID}, "items", "items").Since
	if since.Before(o.last.Add(-2 * skew)) {
		o.r.Fatalf("the cursor went back from %s to %s", o.last, since)
	}
	if since.After(o.now().Add(skew)) {
		o.r.Fatalf("the cursor %s is ahead of the server's clock %s", since, o.now())
	}
	o.last = since
}

// Every committed change is read at least once, whatever happens in between.
func TestEveryCommittedItemIsRead(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		o := newOwner(t, r)
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			switch rapid.IntRange(0, 9).Draw(r, "step") {
			case 0:
				o.job()
			case 1, 2, 3, 4:
				o.edit()
			case 5:
				o.wait()
			default:
				o.readOn()
			}
		}
		o.calm = true
		o.readOn() // ends a pass that was broken off
		o.readOn()
		for number, name := range o.names {
			if o.seen[number] != name {
				r.Errorf("%s is %q; %q was read", number, name, o.seen[number])
			}
		}
	})
}

// A server that doesn't tell its clock is read whole each time; one whose clock is put back is read from the beginning.
func TestClockThatCannotBeTrusted(t *testing.T) {
	for name, spoil := range map[string]func(*world, http.Header){
		"not told": func(_ *world, h http.Header) { h.Del("Date"); h["Date"] = nil },
		"put back": func(w *world, h http.Header) {
			h.Set("Date", w.now().Add(-24*time.Hour).UTC().Format(http.TimeFormat))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.item("A", "1.00", 0)
			_, cur := w.drain(record.Query{Kinds: []record.Kind{record.KindItem}})
			w.pass(time.Hour)
			w.item("B", "1.00", 0)
			if err := w.co.Stamp("items", w.now().Add(-24*time.Hour), "B"); err != nil {
				t.Fatal(err)
			}
			o, err := Options(w.conn, func(string, string) (settings.Secret, error) { return settings.NewSecret("kB7+web-service-key=="), nil })
			if err != nil {
				t.Fatal(err)
			}
			o.Transport = &sim.Transport{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				w.sim.ServeHTTP(&spoiled{rw, func(h http.Header) { spoil(w, h) }}, r)
			})}
			if w.web, err = web.New(o); err != nil {
				t.Fatal(err)
			}
			w.client = New(w.conn, w.web)
			for range 2 {
				all, next := w.drain(record.Query{Kinds: []record.Kind{record.KindItem}, After: cur})
				if keysOf(all)["B"] != 1 {
					t.Errorf("read %v", keysOf(all))
				}
				if cur = next; name == "put back" {
					break
				}
			}
		})
	}
}

type spoiled struct {
	http.ResponseWriter
	spoil func(http.Header)
}

func (s *spoiled) WriteHeader(status int) {
	s.spoil(s.Header())
	s.ResponseWriter.WriteHeader(status)
}

// A posting that may still be rolled back is not told: it is met again when it is old enough, and one that was rolled
// back never is.
func TestUnripeShipment(t *testing.T) {
	w := newWorld(t, func(c *settings.Connection) { c.BC.Ripen = settings.Duration(time.Minute) })
	item, customer := w.taxed()
	other := taxedOrder(item, customer)
	other.External = "WEB-8"
	kept, undone := w.write(taxedOrder(item, customer), "7"), w.write(other, "8")
	q := record.Query{Kinds: []record.Kind{record.KindShipment}}
	read := func() (numbers []string) {
		all, next := w.drain(q)
		for _, r := range all {
			numbers = append(numbers, r.Body.(*record.Shipment).External)
		}
		q.After = next
		return numbers
	}
	read()
	if err := w.co.Ship(kept.Number, nil, true); err != nil {
		t.Fatal(err)
	}
	rollback, err := w.co.UncommittedPosting(undone.Number)
	if err != nil {
		t.Fatal(err)
	}
	w.pass(20 * time.Second)
	if got := read(); len(got) != 0 {
		t.Errorf("20 seconds old: %v", got)
	}
	rollback()
	w.pass(10 * time.Minute) // the flow's interval, longer than the overlap
	if got := read(); len(got) != 1 || got[0] != "WEB-7" {
		t.Errorf("ten minutes later: %v", got)
	}
	if got := w.orders("WEB-8"); len(got) != 1 || got[0].Body.(*record.SalesOrder).Posted {
		t.Errorf("rolled back: %v", got)
	}
	w.pass(time.Hour)
	read()
	if got := read(); len(got) != 0 {
		t.Errorf("told over and over: %v", got)
	}
}
