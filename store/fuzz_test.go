package store

import (
	"bytes"
	"os"
	"reflect"
	"testing"
	"time"

	"stockbridge/sync/engine"
	"stockbridge/sync/record"
)

// What is stored is read back as it was, and anything else is an error, never a panic.

func FuzzIntent(f *testing.F) {
	f.Add([]byte("id"), appendIntent(nil, &engine.Intent{Kind: record.KindOrder, Key: "WEB-1", Source: "1", At: time.Unix(5, 6)}))
	f.Add([]byte{}, appendTexts(nil, "", "", "", "9223372036854775808"))
	f.Fuzz(func(t *testing.T, k, b []byte) {
		first, err := readIntent(k, b)
		if err != nil {
			return
		}
		if again, err := readIntent([]byte(first.ID), appendIntent(nil, &first)); err != nil || again != first {
			t.Errorf("%+v became %+v, %v", first, again, err)
		}
	})
}

func FuzzMark(f *testing.F) {
	m := engine.Mark{Ref: "7", Key: "1001", Body: record.Mark{Installation: "HERE", Document: "101001", Note: true}}
	f.Add(appendRef(nil, m.Ref), appendMark(nil, record.KindOrder, &m))
	f.Add([]byte{refGUID}, appendTexts(nil, "orders", "", "", "", "other"))
	f.Fuzz(func(t *testing.T, k, b []byte) {
		kind, first, err := readMark(k, b)
		if err != nil {
			return
		}
		of, again, err := readMark(appendRef(nil, first.Ref), appendMark(nil, kind, &first))
		if err != nil || of != kind || !reflect.DeepEqual(again, first) {
			t.Errorf("%+v became %+v, %v", first, again, err)
		}
	})
}

func FuzzRef(f *testing.F) {
	f.Add("7")
	f.Add("")
	f.Add("f2a5738a-44e3-ea11-bb43-000d3a2feca1")
	f.Add("F2A5738A-44e3-ea11-bb43-000d3a2feca1")
	f.Add("00000000-0000-0000-0000-00-000000000") // a hyphen too many where a digit belongs
	f.Fuzz(func(t *testing.T, ref string) {
		b := appendRef(nil, ref)
		if text, ok := appendRefText(nil, b); !ok || string(text) != ref {
			t.Errorf("%q became %q, %v", ref, text, ok)
		}
		if text, ok := appendRefText(nil, []byte(ref)); ok { // any bytes, read as a stored ref
			if back, again := appendRefText(nil, appendRef(nil, string(text))); !again || !bytes.Equal(back, text) {
				t.Errorf("%q became %q", text, back)
			}
		}
	})
}

// Bolt itself never sees a file that this check refuses, so it must hold against anything a disk may give.
func FuzzPages(f *testing.F) {
	path := f.TempDir() + "/c.db"
	d, err := Open(path, Options{NoSync: true, Program: "1"})
	if err != nil {
		f.Fatal(err)
	}
	size := d.bolt.Info().PageSize
	if err := d.Close(); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	whole = whole[:16*size]
	f.Add(whole, uint16(0), byte(0))
	f.Add(whole, uint16(2*size+pageHeader), byte(0xff))
	f.Add(whole[:size], uint16(8), byte(1))
	f.Fuzz(func(t *testing.T, b []byte, at uint16, x byte) {
		if int(at) < len(b) {
			b[at] ^= x
		}
		if err := checkPages(bytes.NewReader(b), size, int64(len(b))); err == nil && len(b) < 4*size {
			t.Errorf("%d bytes pass for a file", len(b))
		}
	})
}
