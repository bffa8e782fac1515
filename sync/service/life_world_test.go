package service_test

import (
	"bytes"
	"container/heap"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/store/secret"
	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	woosim "stockbridge/sync/shops/woocommerce/sim"
)

// life is one merchant's month.
type life struct {
	t    *testing.T
	seed uint64
	rnd  *rand.Rand // for what is drawn in the life's own goroutine
	zone *time.Location

	bc   *bcsim.Server
	co   *bcsim.Company
	shop *woosim.Server
	conf settings.Connection
	keys secret.Keychain
	log  lockedBuffer

	svc    *process
	dirs   []string       // of all processes there were
	zombie sync.WaitGroup // what killed processes still do
	starts int
	kills  int

	skew, bcSkew, shopSkew atomic.Int64 // how far the clocks are off: ours, Business Central's, the shop's
	weather                map[string]*weather
	history
	plans    plans
	nextLook time.Time

	typos      []string
	people     []woosim.Address
	orders     map[int]*lifeOrder
	byExternal map[string]*lifeOrder
	skipped    map[string]bool // "kind key" a person said to leave
	half       map[string]bool // numbers of documents another session has not committed
	since      map[record.Kind]time.Time
	peak       float64 // calls in an hour, of what may be
	waits      int     // problems at the end

	shopVersion string
	breaks      atomic.Int64
}

// lifeOrder is what the life did to an order of the shop.
type lifeOrder struct {
	id       int
	external string
	inShop   bool // it was edited in the shop after it was placed
	inBC     bool // its document was edited in Business Central
	deleted  bool // its document was deleted in Business Central
}

// newLife makes both systems as a merchant has them before Stockbridge comes.
func newLife(t *testing.T, seed uint64) *life {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	l := &life{t: t, seed: seed, rnd: rand.New(rand.NewPCG(seed, 0x11fe)), zone: zone, keys: secret.Memory(),
		weather: map[string]*weather{}, orders: map[int]*lifeOrder{}, byExternal: map[string]*lifeOrder{}, skipped: map[string]bool{},
		half:  map[string]bool{},
		since: map[record.Kind]time.Time{}}
	for i, side := range []string{"bc", "shop"} {
		l.weather[side] = &weather{rnd: rand.New(rand.NewPCG(seed, uint64(i)+0xfa17))}
	}
	// Half of the lives have the night on which the clocks go back in them, the others the one on which they go forward.
	start := time.Date(2026, 10, 12, 8, 0, 0, 0, zone)
	if l.chance(0.5) {
		start = time.Date(2027, 3, 15, 8, 0, 0, 0, zone)
	}
	time.Sleep(time.Until(start))
	l.found()
	l.configure()
	return l
}

func (l *life) chance(p float64) bool { return l.rnd.Float64() < p }

// between draws a length of time.
func (l *life) between(a, b time.Duration) time.Duration {
	return a + time.Duration(l.rnd.Int64N(int64(b-a)))
}

func one[T any](l *life, list ...T) T { return list[l.rnd.IntN(len(list))] }

func (l *life) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatalf("seed %d: %v\n%s", l.seed, err, l.tail(30))
	}
}

// lifeClock is a clock that is off.
func lifeClock(off *atomic.Int64, zone *time.Location) func() time.Time {
	return func() time.Time { return time.Now().Round(0).Add(time.Duration(off.Load())).In(zone) }
}

// found fills both systems.
func (l *life) found() {
	var err error
	l.bc, err = bcsim.New(bcsim.Options{User: bcUser, Key: bcKey, Seed: l.seed, Now: lifeClock(&l.bcSkew, time.UTC), MaxPage: one(l, 20000, 20000, 50),
		Wildcards: l.chance(0.5), PageOrder: l.chance(0.3), ReverseBatch: l.chance(0.5)})
	l.must(err)
	l.bc.AddCompany("CRONUS International Ltd.")
	l.co = l.bc.AddCompany(company)
	inclusive := l.chance(0.5)
	l.shopVersion = one(l, woosim.Version11, woosim.Version8)
	l.shop = woosim.New(woosim.Options{Version: l.shopVersion, Now: lifeClock(&l.shopSkew, time.UTC),
		PricesIncludeTax: inclusive, RoundAtSubtotal: l.chance(0.3),
		Keys: []woosim.Key{{ConsumerKey: settings.NewSecret(shopKey), ConsumerSecret: settings.NewSecret(shopSecret)}}})
	for _, v := range []struct {
		country, group string
		percent        int64
	}{{"NL", "VAT21", 21}, {"NL", "VAT9", 9}, {"DE", "VAT21", 19}, {"BE", "VAT21", 21}, {"", "VAT21", 0}, {"", "VAT9", 0}} {
		l.co.SetVAT(v.country, v.group, decimal.MustNew(v.percent, 0))
	}
	for _, a := range [][2]string{{"8410", "Verzendkosten"}, {"8420", "Toeslagen"}, {"8490", "Afrondingsverschillen"}} {
		_, err := l.co.AddAccount(a[0], a[1], "VAT21")
		l.must(err)
	}
	l.must(l.co.AddCurrency("USD", "US Dollar", decimal.MustNew(9, 1)))
	for i := range 24 + l.rnd.IntN(16) {
		l.newItem(fmt.Sprintf("ART-%d", 1000+i), inclusive)
	}
	l.people = lifePeople()
	for _, p := range l.people[:3] {
		_, err := l.co.AddCustomer(bcsim.Customer{Name: p.FirstName + " " + p.LastName, Line1: p.Address1, PostCode: p.Postcode, City: p.City, Country: p.Country, Email: p.Email})
		l.must(err)
	}
	for _, i := range l.co.Items() { // some of the goods are in the shop already, under old names and prices
		if l.chance(0.5) {
			p := woosim.Product{Name: "Oud: " + i.Name, SKU: i.Number, Regular: i.Price.String(), ManageStock: true, HasStock: true, Stock: decimal.MustNew(3, 0)}
			if i.TaxGroup == "VAT9" {
				p.TaxClass = "reduced-rate"
			}
			l.shop.AddProduct(p)
		}
	}
}

// configure draws how the installer set the connection up.
func (l *life) configure() {
	c := settings.Connection{
		Name: shopName,
		BC:   settings.BC{URL: "https://bc01.example.nl:7048/BC", Company: company, User: bcUser, PageSize: one(l, 0, 20, 100), Parallel: one(l, 1, 2, 4)},
		Shop: settings.Shop{Platform: "woocommerce", URL: "https://shop.example.nl", Parallel: one(l, 1, 4)},
	}
	f := &c.Flows
	f.Items.TaxClasses = map[string]string{"VAT9": "reduced-rate"}
	f.Orders.From = time.Now().Add(-time.Hour)
	f.Orders.ShippingAccount, f.Orders.FeeAccount, f.Orders.RoundingAccount = "8410", "8420", "8490"
	f.Orders.TaxCodes = map[string]string{"21": "VAT21", "19": "VAT21", "9": "VAT9"}
	f.Orders.NoNotes = l.chance(0.3)
	minutes := func(n ...int) settings.Duration { return settings.Duration(time.Duration(one(l, n...)) * time.Minute) }
	f.Items.Every, f.Stock.Every, f.Prices.Every = minutes(60, 120), minutes(30, 60), minutes(60, 120)
	f.Orders.Every, f.Shipments.Every = minutes(10, 20, 30), minutes(60)
	if l.chance(0.3) {
		f.Orders.Between = "06:00-23:00"
	}
	if l.chance(0.2) {
		f.Stock.Between = "22:00-02:30" // it has the hour in it that comes twice, or never
	}
	l.conf = c
}

// later is something that happens then.
type later struct {
	at time.Time
	n  int
	do func()
}

type plans struct {
	list []later
	n    int
}

func (p *plans) Len() int { return len(p.list) }
func (p *plans) Less(i, j int) bool {
	if !p.list[i].at.Equal(p.list[j].at) {
		return p.list[i].at.Before(p.list[j].at)
	}
	return p.list[i].n < p.list[j].n
}
func (p *plans) Swap(i, j int) { p.list[i], p.list[j] = p.list[j], p.list[i] }
func (p *plans) Push(x any)    { p.list = append(p.list, x.(later)) }
func (p *plans) Pop() any {
	last := p.list[len(p.list)-1]
	p.list = p.list[:len(p.list)-1]
	return last
}

// after plans something.
func (l *life) after(d time.Duration, do func()) {
	l.plans.n++
	heap.Push(&l.plans, later{time.Now().Add(d), l.plans.n, do})
}

func (l *life) nextPlan() time.Time {
	if l.plans.Len() == 0 {
		return time.Time{}
	}
	return l.plans.list[0].at
}

func (l *life) runPlans(now time.Time) {
	for l.plans.Len() > 0 && !l.plans.list[0].at.After(now) {
		heap.Pop(&l.plans).(later).do()
	}
}

// ctx ends with the test.
func (l *life) ctx() context.Context { return l.t.Context() }

// lockedBuffer is a log.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// copyFolder copies a data folder as it is at one instant: a file is read until it is the same twice, so that nothing
// was written to it between the two, and a torn copy never passes for the state of a moment. Locks stay behind, and
// the journal, which only grows, goes along without a copy.
func copyFolder(from, to string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o750)
		}
		if strings.HasSuffix(name, ".lock") || strings.HasSuffix(name, ".pid") {
			return nil
		}
		if strings.HasPrefix(rel, "journal"+string(filepath.Separator)) {
			return os.Rename(name, filepath.Join(to, rel))
		}
		b, err := readStill(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o600)
	})
}

func readStill(name string) ([]byte, error) {
	before, err := os.ReadFile(name)
	for err == nil {
		var now []byte
		if now, err = os.ReadFile(name); err == nil && bytes.Equal(before, now) {
			return now, nil
		}
		before = now
	}
	if os.IsNotExist(err) {
		return nil, nil // it was removed meanwhile
	}
	return nil, err
}
