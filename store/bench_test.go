package store

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"stockbridge/sync/engine"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// guid makes a ref as Business Central has them: random, so that a page's refs are spread over the whole file.
func guid(r *rand.Rand) string {
	a, b := r.Uint64(), r.Uint64()
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", uint32(a>>32), uint16(a>>16), uint16(a), uint16(b>>48), b&0xffffffffffff)
}

// BenchmarkPage measures what the store takes of the engine's work: a page of 2,000 new items with stock and price is
// looked up and committed, durably. records/s counts items. Refs are those of items made one after the other,
// or spread over the whole file, which is the worst case.
func BenchmarkPage(b *testing.B) {
	b.Run("ordered", func(b *testing.B) { benchmarkPage(b, true) })
	b.Run("spread", func(b *testing.B) { benchmarkPage(b, false) })
}

func benchmarkPage(b *testing.B, ordered bool) {
	d, err := Open(filepath.Join(b.TempDir(), "c.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	const page = 2000
	r := rand.New(rand.NewPCG(1, 2))
	refs := make([]string, page)
	settled := make([]plan.Settled, 0, 3*page)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		settled = settled[:0]
		for i := range refs {
			refs[i] = guid(r)
			if ordered {
				at := bits.ReverseBytes32(uint32(n*page + i))
				refs[i] = fmt.Sprintf("%08x-44e3-ea11-bb43-000d3a2feca1", at)
			}
			for j, k := range []record.Kind{record.KindItem, record.KindStock, record.KindPrice} {
				s := plan.Settled{Kind: k, Key: fmt.Sprintf("SKU-%07d", n*page+i), Source: refs[i], To: fmt.Sprint(10_000 + n*page + i), Level: int64(j) * 123_450}
				s.Sum[0], s.Sum[1], s.Sum[2] = byte(i), byte(n), byte(j)
				settled = append(settled, s)
			}
		}
		b.StartTimer()
		agreed, err := d.Agreed(record.KindItem, refs)
		if err != nil || len(agreed) != page {
			b.Fatal(err)
		}
		out := engine.Outcome{Kinds: []record.Kind{record.KindItem, record.KindStock, record.KindPrice}, Settled: settled,
			Cursor: record.Cursor(fmt.Sprint(n)), Moves: true, At: time.Unix(int64(n), 0)}
		if err := d.Commit(out); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	info, err := os.Stat(d.Path())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/float64(b.N*page), "B/record")
	b.ReportMetric(float64(b.N*page)/b.Elapsed().Seconds(), "records/s")
}
