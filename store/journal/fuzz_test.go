package journal

import (
	"bytes"
	"os"
	"testing"
)

// FuzzLines puts rubbish between two good lines: nothing panics, both are found, and erasing leaves what is readable.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{
		"", "{", `{"id":1}`, "null", `[]`, `{"id":"20261123T090000.000-00001","at":"x"}`, "\x00\xff\n\n",
		`{"id":"20261123T090000.000-00002","at":"2026-11-23T09:00:00Z","keys":["A"],"decided":{"read":[{"kind":"stock","type":"order","body":{}}]}}`,
		`{"id":"20261123T090000.000-00003","at":"2026-11-23T09:00:00Z","keys":["A"],"decided":{"source":"1","read":[{"kind":"stock","key":"A","type":"stock","body":{"Quantity":"1e9"}}],"changes":[{"kind":"stock","after":3}]}}`,
		`{"id":"20261123T090000.000-00004","at":"2026-11-23T09:00:00Z","keys":["A"],"answered":[],"settings":{"rules":{"Prices":{"VAT":{"x":"y"}}}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, rubbish []byte) {
		if bytes.Contains(rubbish, []byte("first")) || bytes.Contains(rubbish, []byte("last")) {
			t.Skip()
		}
		j := openTest(t, t.TempDir(), Options{})
		j.Exchange(exchange(morning, "nl", "first"))
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(j.path("2026-11-23"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write(rubbish); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		j.Exchange(exchange(morning, "nl", "last")) // on a line of its own, whatever was there
		for round := range 2 {
			for _, key := range []string{"first", "last"} {
				if got := search(t, j, Query{Any: []string{key}}); keys(got) != key {
					t.Fatalf("%s: found %q", key, keys(got))
				}
			}
			for _, e := range search(t, j, Query{Parts: Exchanges | Decisions | Answers | Settings}) {
				if shown, err := j.Show(e.ID); err == nil && shown.ID != e.ID {
					t.Fatalf("%s shows %s", e.ID, shown.ID)
				}
				if e.Decided != nil {
					_, _, _ = e.Decided.keys(), e.Decided.Agreed.Last(), e.Decided.family()
				}
			}
			if round > 0 {
				return
			}
			if _, err := j.Erase("nobody@example.nl"); err != nil {
				t.Fatal(err)
			}
		}
	})
}
