package engine_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/store"
	"stockbridge/store/journal"
	"stockbridge/sync/endpoint"
	"stockbridge/sync/engine"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

const (
	benchItems = 100_000
	benchPage  = 5_000
)

// still is a side that answers at once from what was laid out before, so that only engine, plan and store are measured.
type still struct {
	records []record.Record
	perPage int
}

func (s *still) Check(context.Context) (endpoint.Facts, error) { return endpoint.Facts{}, nil }

func (s *still) Read(_ context.Context, q record.Query) (endpoint.Page, error) {
	if len(q.Keys)+len(q.Refs) > 0 {
		return endpoint.Page{}, nil
	}
	from, _ := strconv.Atoi(string(q.After))
	from = min(from, len(s.records))
	to := min(len(s.records), from+s.perPage)
	return endpoint.Page{Records: s.records[from:to], Next: record.Cursor(strconv.Itoa(to)), More: to < len(s.records)}, nil
}

func (s *still) Write(_ context.Context, changes []record.Change) []endpoint.Result {
	out := make([]endpoint.Result, len(changes))
	for i := range changes {
		out[i].Ref = changes[i].Ref
		if out[i].Ref == "" {
			out[i].Ref = changes[i].Key.ID[1:]
		}
	}
	return out
}

// layOut makes the records of every item: kinds per item, with quantities that differ by round.
func layOut(round int64, kinds ...record.Kind) *still {
	s := &still{perPage: benchPage * len(kinds)}
	for i := range benchItems {
		sku := fmt.Sprintf("A%06d", i)
		ref := fmt.Sprintf("%08x-0000-4000-8000-%012x", i, i*7919)
		for _, k := range kinds {
			var b record.Body = &record.Item{Name: "Bicycle " + sku, Managed: true}
			if k == record.KindStock {
				b = &record.Stock{Quantity: decimal.MustNew(int64(i%500)+1+round, 0), Managed: true}
			}
			s.records = append(s.records, record.Record{Key: record.Key{Kind: k, ID: sku}, Ref: ref, Body: b})
		}
	}
	return s
}

// BenchmarkRun measures whole runs on the real store, written to disk as in service. "first" makes every product with
// its stock, "stock" writes a new stock for each, "quiet" reads everything and finds nothing to do; "journalled" and
// "journalled quiet" are the same with every decision and answer written down.
func BenchmarkRun(b *testing.B) {
	first := layOut(0, record.KindItem, record.KindStock)
	more, same := layOut(1, record.KindStock), layOut(0, record.KindStock)
	var evidence engine.Evidence
	run := func(b *testing.B, db *store.DB, from *still, kinds ...record.Kind) {
		b.Helper()
		if err := db.ResetCursor(record.KindStock); err != nil {
			b.Fatal(err)
		}
		rules := &plan.Rules{Installation: "inst-a", ShopCurrency: "EUR", Items: plan.ItemRules{Create: true, Names: true}}
		job := engine.Job{Kinds: kinds, From: from, To: &still{}, Limits: endpoint.Limits{Batch: 100, Parallel: 2}, Rules: rules, Evidence: evidence}
		if _, err := engine.New(db, time.Now).Run(b.Context(), job); err != nil {
			b.Fatal(err)
		}
	}
	open := func(b *testing.B, name string) *store.DB {
		b.Helper()
		db, err := store.Open(filepath.Join(b.TempDir(), name), store.Options{Installation: "inst-a"})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { db.Close() })
		return db
	}
	b.Run("first", func(b *testing.B) {
		measure(b, 2*benchItems, func(i int) func() {
			db := open(b, fmt.Sprint(i))
			return func() { run(b, db, first, record.KindItem, record.KindStock) }
		})
	})
	linked := open(b, "linked")
	run(b, linked, first, record.KindItem, record.KindStock)
	stock := func(b *testing.B) {
		measure(b, benchItems, func(i int) func() {
			from := more
			if i%2 == 1 {
				from = same
			}
			return func() { run(b, linked, from, record.KindStock) }
		})
	}
	quiet := func(b *testing.B) {
		run(b, linked, same, record.KindStock)
		measure(b, benchItems, func(int) func() { return func() { run(b, linked, same, record.KindStock) } })
	}
	b.Run("stock", stock)
	b.Run("quiet", quiet)
	lines, err := journal.Open(b.TempDir(), journal.Options{Day: 1 << 40})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { lines.Close() })
	evidence = lines.Evidence("nl", nil)
	b.Run("journalled", stock)
	b.Run("journalled quiet", quiet)
}

// measure reports records a second and allocations a record of what prepare returns.
func measure(b *testing.B, records int, prepare func(i int) func()) {
	b.Helper()
	var before, after runtime.MemStats
	var allocs uint64
	i := 0
	b.ResetTimer()
	for b.Loop() {
		b.StopTimer()
		run := prepare(i)
		i++
		runtime.ReadMemStats(&before)
		b.StartTimer()
		run()
		b.StopTimer()
		runtime.ReadMemStats(&after)
		allocs += after.Mallocs - before.Mallocs
		b.StartTimer()
	}
	n := float64(i) * float64(records)
	b.ReportMetric(n/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(allocs)/n, "allocs/record")
}
