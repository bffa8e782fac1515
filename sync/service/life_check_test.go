package service_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/store"
	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	woosim "stockbridge/sync/shops/woocommerce/sim"
)

// The promises a life is held to (DESIGN.md section 4). While it lasts: no order has two documents in Business
// Central, no e-mail address two customers of ours, cursors don't go back, nothing calls without pause. Once it is
// calm: what is paid is in Business Central to the cent, the shop shows what Business Central has, and whatever is not
// so waits in the list of problems; and nothing is written that is not new.

// lookEvery is how often a life is looked at while it lasts.
const lookEvery = 6 * time.Hour

// look checks what must hold at any time.
func (l *life) look() {
	l.checkTwice()
	l.checkCursors()
	l.checkCalls()
	if st, err := l.svc.api.Status(l.ctx()); err == nil {
		text, _ := json.Marshal(st)
		l.said("status", string(text))
	}
	text, _ := json.Marshal(l.problems())
	l.said("problems", string(text))
}

// document is what Business Central has of one order of the shop.
type document struct {
	currency string
	total    decimal.Decimal
	invoices int // 0 while it is open
	customer string
}

// documents are the sales documents by external document number and by the number of the order they began as.
func (l *life) documents() map[string]map[string]document {
	out := map[string]map[string]document{}
	at := func(external string) map[string]document {
		if out[external] == nil {
			out[external] = map[string]document{}
		}
		return out[external]
	}
	open := map[string]bool{}
	for _, o := range l.co.Orders() {
		open[o.Number] = true
		at(o.External)[o.Number] = document{o.Currency, o.Total, 0, o.CustomerNumber}
	}
	for _, i := range l.co.Invoices() {
		if i.Draft || open[i.OrderNumber] {
			continue
		}
		d := at(i.External)[i.OrderNumber]
		sum, err := d.total.Add(i.Total)
		l.must(err)
		at(i.External)[i.OrderNumber] = document{i.Currency, sum, d.invoices + 1, i.CustomerNumber}
	}
	return out
}

// checkTwice: never two documents for an order, never two customers of ours for an address.
func (l *life) checkTwice() {
	for external, docs := range l.documents() {
		if len(docs) > 1 && !l.rolledBack(external) {
			l.brokeFor(record.KindOrder, external, itemWords(external), "order %s is in Business Central %d times: %v", external, len(docs), slices.Sorted(maps.Keys(docs)))
		}
	}
	mails := map[string][]string{}
	for _, c := range l.co.Customers() {
		if !strings.HasPrefix(c.Name, doubled) {
			mail := record.FoldEmail(c.Email)
			mails[mail] = append(mails[mail], c.Number)
		}
	}
	for mail, numbers := range mails {
		if len(numbers) > 1 && mail != "" {
			l.brokeFor(record.KindShopper, mail, regexp.QuoteMeta(mail), "%s is a customer %d times: %v", mail, len(numbers), numbers)
		}
	}
}

// rolledBack reports whether one of an order's documents is another session's, not committed yet.
func (l *life) rolledBack(external string) bool { return l.half[external] }

// state opens what the process remembers right now.
func (l *life) state(look func(*store.DB)) {
	dir := l.t.TempDir()
	from := l.svc.dir
	if l.svc.dead.Load() {
		from = l.svc.left
	}
	b, err := readStill(filepath.Join(from, "state", shopName+".db"))
	l.must(err)
	name := filepath.Join(dir, "state.db")
	l.must(os.WriteFile(name, b, 0o600))
	db, err := store.Open(name, store.Options{NoSync: true, Now: lifeClock(&l.skew, l.zone)})
	if err != nil {
		l.broke("the state can't be opened: %v", err)
		return
	}
	look(db)
	l.must(db.Close())
}

// checkCursors: a cursor stands where it stood or later, but for the servers' own clocks, by which it goes.
func (l *life) checkCursors() {
	l.state(func(db *store.DB) {
		for _, k := range record.Kinds() {
			open, err := db.Open(k)
			l.must(err)
			var c struct {
				Since json.RawMessage `json:"s"`
			}
			if open.Cursor == "" || json.Unmarshal([]byte(open.Cursor), &c) != nil || c.Since == nil {
				continue // at the beginning of a full reading
			}
			at := sinceOf(c.Since)
			if was := l.since[k]; at.Before(was.Add(-5 * time.Minute)) {
				l.broke("the cursor of %s went back from %s to %s", k, was, at)
			}
			l.since[k] = at
		}
	})
}

// sinceOf reads both connectors' spelling of a moment.
func sinceOf(raw json.RawMessage) (at time.Time) {
	if json.Unmarshal(raw, &at) == nil {
		return at
	}
	var seconds int64
	_ = json.Unmarshal(raw, &seconds)
	return time.Unix(seconds, 0)
}

// checkCalls: whatever goes wrong, the number of calls in an hour stays in proportion to the runs that are due in it
// and to what there is to do.
func (l *life) checkCalls() {
	runs := 0.0
	for _, k := range record.Kinds() {
		runs += time.Hour.Seconds() / time.Duration(l.conf.Flows.Schedule(k).Every).Seconds()
	}
	l.history.mu.Lock()
	worst, when := 0.0, hour{}
	for h, n := range l.hours {
		busy := 0
		for back := range int64(3) {
			busy += l.changed[hour{"", h.n - back}]
		}
		if share := float64(n) / (6*runs + 40*float64(busy) + 150); share > worst {
			worst, when = share, h
		}
	}
	n := l.hours[when]
	clear(l.hours)
	l.history.mu.Unlock()
	l.peak = max(l.peak, worst)
	if worst > 1 {
		l.broke("%d calls to %s in the hour from %s:\n%s", n, when.side, time.Unix(when.n*3600, 0).In(l.zone).Format(time.DateTime), l.paths(when))
	}
}

// calm ends all trouble, lets the service go on by itself for a while, and checks what must be so then.
func (l *life) calm() {
	if !l.alive() {
		return
	}
	for l.plans.Len() > 0 {
		l.runPlans(l.nextPlan())
	}
	for _, w := range l.weather {
		w.set("", 0)
	}
	l.shop.SetTrouble(woosim.Healthy)
	l.svc.fuse.Store(0)
	for _, off := range []interface{ Store(int64) }{&l.skew, &l.bcSkew, &l.shopSkew} {
		off.Store(0)
	}
	l.must(l.svc.api.Resume(l.ctx(), ipc.PauseRequest{}))
	l.rightSecrets()
	l.note("it is calm")
	l.sleepUntil(time.Now().Add(3 * time.Hour))
	l.pass()
	before := l.countWrites()
	l.pass()
	l.sleepUntil(time.Now().Add(2 * time.Hour))
	if n := l.countWrites() - before; n != 0 && l.alive() {
		l.broke("%d writes with nothing new to write", n)
	}
	l.checkGoroutines()
	l.checkOrders()
	l.checkAgreed()
	for _, i := range l.co.Items() { // what the shop sold meanwhile is its own; a receipt makes it be told anew
		_ = l.co.Receive(i.Number, l.missing(i))
	}
	l.pass()
	l.checkProducts()
	l.checkShipments()
	l.waits = len(l.problems())
	l.look()
}

// missing is what makes an item's stock another one, above zero.
func (l *life) missing(i bcsim.Item) decimal.Decimal {
	if !i.Inventory.IsNeg() {
		return decimal.One
	}
	n, err := i.Inventory.Abs().Add(pieces(2))
	l.must(err)
	return n
}

// pass runs everything once.
func (l *life) pass() {
	last, err := l.svc.api.Sync(l.ctx(), ipc.SyncRequest{Connection: shopName}, nil)
	if err != nil || last.Fault != nil {
		l.broke("a pass in calm weather: %+v %v", last.Fault, err)
	}
}

// waiting are the problems by "kind key".
func (l *life) waiting() map[string]string {
	out := map[string]string{}
	for _, p := range l.problems() {
		out[keyOf(p.Kind, p.Key)] = string(p.Fault.Code)
	}
	return out
}

func keyOf(k record.Kind, key string) string { return string(k) + " " + key }

// checkOrders: paid order <-> exactly one document, equal to the cent, or a problem that waits.
func (l *life) checkOrders() {
	docs, waits := l.documents(), l.waiting()
	for _, o := range l.shop.Orders() {
		mine := l.orders[o.ID]
		have := slices.Collect(maps.Values(docs[mine.external]))
		delete(docs, mine.external)
		key := keyOf(record.KindOrder, o.Number)
		told := waits[key] != "" || l.skipped[key]
		paid := o.Status == "processing" || o.Status == "completed"
		switch {
		case len(have) > 1:
			l.brokeOrder(o.ID, "order %s is in Business Central %d times", o.Number, len(have))
		case len(have) == 0 && paid && !told && !mine.deleted:
			l.brokeOrder(o.ID, "order %s is paid, is not in Business Central, and nobody was told", o.Number)
		case len(have) == 1:
			l.checkDocument(&o, mine, have[0], told)
		}
	}
	for external := range docs {
		if strings.HasPrefix(external, shopName+"-") {
			l.brokeFor(record.KindOrder, external, itemWords(external), "Business Central has a document %s that no order of the shop belongs to", external)
		}
	}
	l.state(func(db *store.DB) {
		for _, k := range record.Kinds() {
			open, err := db.Open(k)
			l.must(err)
			if len(open.Intents)+len(open.Marks) != 0 {
				l.broke("%s: open intents %v, marks %v", k, open.Intents, open.Marks)
			}
		}
	})
}

func (l *life) checkDocument(o *woosim.Order, mine *lifeOrder, d document, told bool) {
	diff, err := o.Total.Sub(d.total)
	l.must(err)
	slack := decimal.Zero // invoices of parts round their VAT each for itself
	if d.invoices > 1 {
		slack = decimal.MustNew(int64(d.invoices*(len(o.Lines)+2)), 2)
	}
	currency := d.currency
	switch {
	case told || mine.inBC || mine.deleted: // with a part posted before it was deleted
	case currency != o.Currency || diff.Abs().Cmp(slack) > 0:
		if mine.inShop && l.shopVersion == woosim.Version8 {
			return // legacy storage dates no edit: it is seen when the order is read again for another reason
		}
		l.brokeOrder(o.ID, "order %s is %s %s in the shop and %s %s in Business Central", o.Number, o.Currency, o.Total, d.currency, d.total)
	case o.Status == "cancelled" || o.Status == "trash" || o.Status == "refunded":
		if o.Status == "trash" {
			return // the bin is in no list of what changed
		}
		l.brokeOrder(o.ID, "order %s is %s in the shop, its document stands, and nobody was told", o.Number, o.Status)
	}
	if o.MetaText("_stockbridge_document") == "" && !told && o.Status != "trash" {
		l.brokeOrder(o.ID, "order %s has no mark", o.Number)
	}
}

// checkAgreed: what was agreed on for each item's stock is what Business Central has.
func (l *life) checkAgreed() {
	waits := l.waiting()
	l.state(func(db *store.DB) {
		for _, i := range l.co.Items() {
			link, ok, err := db.LinkByRef(record.KindItem, i.ID)
			l.must(err)
			stock := link.Of(record.KindStock)
			if l.told(waits, i.Number) || !ok || link.To == "" || !stock.Set {
				continue // checkProducts sees to what is not in the shop
			}
			if want := shown(i); decimal.MustNew(stock.Level, 4).Cmp(want) != 0 {
				l.brokeItem(i.Number, "item %s: agreed on a stock of %s, Business Central has %s", i.Number, decimal.MustNew(stock.Level, 4), want)
			}
		}
	})
}

// shown is the stock a shop is to show.
func shown(i bcsim.Item) decimal.Decimal {
	if i.Inventory.IsNeg() {
		return decimal.Zero
	}
	return i.Inventory.Floor(0)
}

// told reports whether a product's difference is known: it waits, or a person said to leave it.
func (l *life) told(waits map[string]string, number string) bool {
	for _, k := range []record.Kind{record.KindItem, record.KindStock, record.KindPrice} {
		if key := keyOf(k, number); waits[key] != "" || l.skipped[key] {
			return true
		}
	}
	return false
}

// checkProducts: the shop shows what Business Central has.
func (l *life) checkProducts() {
	bySKU := map[string][]woosim.Product{}
	for _, p := range l.shop.Products() {
		bySKU[strings.ToLower(p.SKU)] = append(bySKU[strings.ToLower(p.SKU)], p)
	}
	waits := l.waiting()
	for _, i := range l.co.Items() {
		if l.told(waits, i.Number) {
			continue
		}
		have := bySKU[strings.ToLower(i.Number)]
		switch {
		case len(have) > 1:
			l.brokeItem(i.Number, "item %s is in the shop %d times", i.Number, len(have))
		case i.Blocked && (len(have) == 0 || have[0].Status == "draft"):
		case i.Blocked:
			l.brokeItem(i.Number, "item %s is blocked and for sale", i.Number)
		case len(have) == 0:
			l.brokeItem(i.Number, "item %s is not in the shop, and nobody was told", i.Number)
		default:
			l.checkProduct(i, have[0])
		}
	}
}

func (l *life) checkProduct(i bcsim.Item, p woosim.Product) {
	name := strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#039;", "'").Replace(p.Name)
	if name != i.Name || p.Status != "publish" {
		l.brokeItem(i.Number, "item %s: %q, %s in the shop; %q in Business Central", i.Number, name, p.Status, i.Name)
	}
	if price, err := record.ParseAmount(p.Regular); err != nil || price.Cmp(i.Price) != 0 {
		l.brokeItem(i.Number, "item %s costs %s in the shop and %s in Business Central", i.Number, p.Regular, i.Price)
	}
	if p.Stock.Cmp(shown(i)) != 0 {
		l.brokeItem(i.Number, "item %s: stock %s in the shop, %s in Business Central", i.Number, p.Stock, i.Inventory)
	}
}

// checkShipments: the shop was told of each shipment once.
func (l *life) checkShipments() {
	waits := l.waiting()
	for _, s := range l.co.Shipments() {
		mine := l.byExternal[s.External]
		if mine == nil {
			continue
		}
		o, ok := l.shop.Order(mine.id)
		n := 0
		for _, note := range o.Notes {
			if strings.HasPrefix(note.Text, "Shipment "+s.Number+" of ") {
				n++
			}
		}
		order, shipment := keyOf(record.KindOrder, o.Number), keyOf(record.KindShipment, s.Number)
		told := waits[order] != "" || waits[shipment] != "" || l.skipped[order] || l.skipped[shipment]
		if n > 1 || n == 0 && !told && ok {
			l.brokeFor(record.KindShipment, s.Number, itemWords(s.External)+"|"+orderWords(mine.id)+"|"+s.Number, "the shop has %d notes of shipment %s (%s)", n, s.Number, s.External)
		}
	}
}

// end stops the service. A goroutine that stays behind would end the bubble with a panic.
func (l *life) end() {
	l.must(l.svc.stop())
	l.zombie.Wait()
	synctest.Wait()
}

// mostGoroutines is what an idle service with one connection has, the life's own among them, with room for a few more.
const mostGoroutines = 12

// checkGoroutines: after a month of trouble nothing of it is left but the loops.
func (l *life) checkGoroutines() {
	synctest.Wait()
	text := make([]byte, 4<<20)
	text = text[:runtime.Stack(text, true)]
	bubble := regexp.MustCompile(`synctest bubble [0-9]+`).Find(text) // the caller's own comes first
	if n := bytes.Count(text, append(bubble, ']')); n > mostGoroutines {
		l.broke("%d goroutines when all is idle:\n%s", n, text)
	}
}

// checkSecrets looks for the canaries in every byte that was written: state, journal, settings, log.
func (l *life) checkSecrets() {
	files := map[string][]byte{"log": []byte(l.log.String())}
	for _, dir := range slices.Compact(l.dirs) {
		l.must(filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files[name], err = os.ReadFile(name)
			}
			return err
		}))
	}
	for name, b := range files {
		for _, c := range canaries() {
			if strings.Contains(string(b), c) {
				l.broke("a secret in %s", name)
			}
		}
	}
}

// summary says what a life had in it.
func (l *life) summary() string {
	docs := l.documents()
	return fmt.Sprintf("%d orders, %d documents, %d calls, %d of them writes, %d processes, %d killed, %d problems wait, calls %.2f of what an hour may have",
		len(l.orders), len(docs), l.calls, l.writes, l.starts, l.kills, l.waits, l.peak)
}
