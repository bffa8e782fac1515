package store

import (
	"bytes"
	"fmt"
	"math/bits"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// refs draws ids as systems have them: BC's GUIDs, a shop's numbers, and odd ones that must survive all the same.
func refs() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`),
		rapid.StringMatching(`[1-9][0-9]{0,8}`),
		rapid.StringMatching(`[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}`),
		rapid.StringN(1, 20, 100),
	)
}

func lasts() *rapid.Generator[plan.Last] {
	return rapid.Custom(func(t *rapid.T) plan.Last {
		l := plan.Last{Key: rapid.StringN(0, 20, -1).Draw(t, "key"), To: rapid.OneOf(rapid.Just(""), refs()).Draw(t, "to")}
		for i := range l.Kinds {
			if l.Kinds[i].Set = rapid.Bool().Draw(t, "set"); l.Kinds[i].Set {
				copy(l.Kinds[i].Sum[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "sum"))
				l.Kinds[i].Level = rapid.Int64().Draw(t, "level")
			}
		}
		return l
	})
}

func TestLinkReadsBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := lasts().Draw(t, "last")
		var raw rawLink
		if err := raw.read(appendLink(nil, &want)); err != nil {
			t.Fatal(err)
		}
		if got, err := raw.last(); err != nil || got != want {
			t.Fatalf("got %+v, %v; want %+v", got, err, want)
		}
	})
}

func TestRefReadsBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := refs().Draw(t, "a"), refs().Draw(t, "b")
		stored := appendRef(nil, a)
		if got, ok := appendRefText(nil, stored); !ok || string(got) != a {
			t.Fatalf("%q reads back as %q, %v", a, got, ok)
		}
		if other := appendRef(nil, b); bytes.Equal(stored, other) != (a == b) {
			t.Fatalf("%q and %q are stored as %x and %x", a, b, stored, other)
		}
	})
}

// A million records must stay small (at most 220 bytes each in the file, links and keys, with pages part full).
func TestLinkIsSmall(t *testing.T) {
	ref := "f2a5738a-44e3-ea11-bb43-000d3a2feca1"
	l := plan.Last{Key: "SKU-0123456", To: "1234567"}
	for i := range l.Kinds {
		l.Kinds[i] = plan.Agreement{Set: true, Sum: record.Sum{1}, Level: 1_234_500}
	}
	if got := len(appendLink(appendRef(nil, ref), &l)); got > 100 {
		t.Errorf("an item with stock and price takes %d bytes", got)
	}
}

// Ids that a BC server made one after the other are neighbours in the file.
func TestGUIDsMadeInTurnAreStoredInTurn(t *testing.T) {
	var before []byte
	for n := uint32(0x8a73a500); n < 0x8a73a500+1000; n += 7 {
		now := appendRef(nil, fmt.Sprintf("%08x-44e3-ea11-bb43-000d3a2feca1", bits.ReverseBytes32(n)))
		if bytes.Compare(before, now) >= 0 {
			t.Fatalf("%x comes before %x", before, now)
		}
		before = now
	}
}

func FuzzLink(f *testing.F) {
	f.Add(appendLink(nil, &plan.Last{Key: "A", To: "f2a5738a-44e3-ea11-bb43-000d3a2feca1", Kinds: [3]plan.Agreement{{Set: true, Level: -5}}}))
	f.Add([]byte{linkVersion, 0xff})
	f.Add([]byte{linkVersion, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		var raw rawLink
		if raw.read(b) != nil {
			return
		}
		last, err := raw.last()
		if err != nil {
			return
		}
		var again rawLink
		if err := again.read(appendLink(nil, &last)); err != nil {
			t.Fatalf("%+v can't be read back: %v", last, err)
		}
		if got, err := again.last(); err != nil || got != last {
			t.Fatalf("got %+v, %v; want %+v", got, err, last)
		}
	})
}

func FuzzProblem(f *testing.F) {
	p := Problem{ID: "P-1", Kind: record.KindOrder, Key: "1", Code: "order.not_paid"}
	v, err := p.stored()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(v)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := readProblem(b)
		if err != nil {
			return
		}
		v, err := p.stored()
		if err != nil {
			t.Skip("a time that JSON can read and not write")
		}
		if q, err := readProblem(v); err != nil || q.ID != p.ID || q.flags() != p.flags() || !q.Next.Equal(p.Next) {
			t.Fatalf("got %+v, %v; want %+v", q, err, p)
		}
	})
}

func TestLongRefIsRefusedByName(t *testing.T) {
	wantCode(t, checkRef(strings.Repeat("x", longestRef+1)), "record.invalid")
	check(t, checkRef(strings.Repeat("x", longestRef)))
}
