package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/web"
)

var morning = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func openTest(t *testing.T, dir string, o Options) *Journal {
	t.Helper()
	if o.Now == nil {
		o.Now = func() time.Time { return morning }
	}
	j, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func exchange(at time.Time, connection, key string) web.Exchange {
	return web.Exchange{At: at, Connection: connection, Side: "shop", Kind: record.KindItem, Keys: []string{key}, Method: "POST",
		Path: "/wp-json/wc/v3/products/batch?per_page=100", Status: 200, Took: 1500 * time.Millisecond,
		Request: []byte(`{"sku":"` + key + `"}`), Response: []byte("ok")}
}

func search(t *testing.T, j *Journal, q Query) []Entry {
	t.Helper()
	found, err := j.Search(q)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func keys(entries []Entry) string {
	var all []string
	for _, e := range entries {
		all = append(all, strings.Join(e.Keys, "+"))
	}
	return strings.Join(all, " ")
}

func TestExchangeIsFoundAsItWas(t *testing.T) {
	j := openTest(t, t.TempDir(), Options{})
	e := exchange(morning, "nl", "A-1")
	e.Err = errors.New("cut")
	j.Exchange(e)
	found := search(t, j, Query{})
	if len(found) != 1 {
		t.Fatalf("%d entries", len(found))
	}
	got := found[0]
	want := Entry{ID: got.ID, At: morning, Connection: "nl", Side: "shop", Kind: record.KindItem, Keys: []string{"A-1"}, Method: "POST",
		Path: e.Path, Status: 200, Took: 1500, Request: `{"sku":"A-1"}`, Response: "ok", Error: "cut"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if shown, err := j.Show(got.ID); err != nil || shown.ID != got.ID || shown.Request != got.Request {
		t.Errorf("shown %+v, %v", shown, err)
	}
}

func TestSearchIsNewestFirstAndNarrows(t *testing.T) {
	j := openTest(t, t.TempDir(), Options{Gather: 3})
	for i := range 10 { // over three days
		c := []string{"nl", "de"}[i%2]
		e := exchange(morning.Add(time.Duration(i)*7*time.Hour), c, fmt.Sprint("A-", i))
		if i == 4 {
			e.Kind, e.Keys = record.KindOrder, []string{"1004", "A<&\"é"}
		}
		j.Exchange(e)
	}
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{Limit: 3}, "A-9 A-8 A-7"},
		{Query{Connection: "de", Limit: 2}, "A-9 A-7"},
		{Query{Kind: record.KindOrder}, `1004+A<&"é`},
		{Query{Key: `A<&"é`}, `1004+A<&"é`},
		{Query{Key: "A-3"}, "A-3"},
		{Query{Key: "A"}, ""},
		{Query{Connection: "n"}, ""},
		{Query{Since: morning.Add(7 * 8 * time.Hour)}, "A-9 A-8"},
		{Query{Since: morning.Add(1000 * time.Hour)}, ""},
	} {
		if got := keys(search(t, j, c.q)); got != c.want {
			t.Errorf("%+v: %q, want %q", c.q, got, c.want)
		}
	}
}

func TestIDsSortByTimeAndNameTheirDay(t *testing.T) {
	j := openTest(t, t.TempDir(), Options{})
	const n = 500
	for i := range n {
		j.Exchange(exchange(morning.Add(time.Duration(i/3)*time.Millisecond), "nl", fmt.Sprint(i)))
	}
	found := search(t, j, Query{Limit: 2 * n})
	if len(found) != n {
		t.Fatalf("%d entries", len(found))
	}
	for i, e := range found {
		if want := fmt.Sprint(n - 1 - i); e.Keys[0] != want {
			t.Fatalf("place %d holds %s, want %s", i, e.Keys[0], want)
		}
		if day, ok := dayOf(e.ID); !ok || day != "2026-11-23" {
			t.Fatalf("%s is of %q", e.ID, day)
		}
	}
}

func TestIDLeadsNowhereElse(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, filepath.Join(dir, "journal"), Options{})
	j.Exchange(exchange(morning, "nl", "A"))
	good := search(t, j, Query{})[0].ID
	if err := os.WriteFile(filepath.Join(dir, "secret.jsonl"), []byte(`{"id":"../secret"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "../secret", good + "x", good[:len(good)-1], "../" + good, strings.ToUpper(good) + "\n", strings.Replace(good, "2026", "2025", 1),
		"20261323T090000.000-00001", strings.Repeat("x", 1e5), good[:len(good)-6] + "/00001"} {
		if _, err := j.Show(id); err == nil || fault.As(err).Code != "journal.unknown" {
			t.Errorf("%.40q: %v", id, err)
		}
	}
}

func TestCrashLosesTheTailOnly(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, dir, Options{Gather: 2})
	for i := range 5 { // the fifth waits in memory, and is lost
		j.Exchange(exchange(morning, "nl", fmt.Sprint(i)))
	}
	path := j.path("2026-11-23")
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, body[:len(body)-30], 0o600); err != nil { // and the fourth is cut off
		t.Fatal(err)
	}
	again := openTest(t, dir, Options{})
	again.Exchange(exchange(morning.Add(time.Second), "nl", "after"))
	if got := keys(search(t, again, Query{})); got != "after 2 1 0" {
		t.Errorf("got %q", got)
	}
}

func TestDayHasASize(t *testing.T) {
	j := openTest(t, t.TempDir(), Options{Day: 8000})
	for i := range 200 {
		e := exchange(morning, "nl", fmt.Sprint(i))
		e.Response = []byte(strings.Repeat("x", 300))
		j.Exchange(e)
	}
	found := search(t, j, Query{Limit: 1000})
	short := slices.IndexFunc(found, func(e Entry) bool { return !e.Short })
	if short <= 0 || found[0].Request != "" || found[short].Request == "" {
		t.Errorf("%d of %d entries are short", short, len(found))
	}
	info, err := os.Stat(j.path("2026-11-23"))
	if err != nil || info.Size() > 8000*5/4+700 || len(found) == 200 {
		t.Errorf("%d bytes, %d entries, %v", info.Size(), len(found), err)
	}
	j.Exchange(exchange(morning.Add(24*time.Hour), "nl", "tomorrow"))
	if e := search(t, j, Query{Limit: 1})[0]; e.Short || e.Keys[0] != "tomorrow" {
		t.Errorf("the next day begins with %+v", e)
	}
}

func TestOldDaysGo(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, size int) {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	names := func() (all []string) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			all = append(all, e.Name())
		}
		return all
	}
	for _, day := range []string{"2026-10-01", "2026-11-13", "2026-11-14", "2026-11-20", "2026-11-22", "2026-11-23"} {
		write(day+".jsonl", 1000)
	}
	write("notes.txt", 10)
	write("2026-13-45.jsonl", 10)
	now := morning
	j := openTest(t, dir, Options{Days: 10, Total: 3500, Now: func() time.Time { return now }})
	want := []string{"2026-11-20.jsonl", "2026-11-22.jsonl", "2026-11-23.jsonl", "2026-13-45.jsonl", "notes.txt"}
	if got := names(); !slices.Equal(got, want) {
		t.Errorf("left are %v", got)
	}
	now = morning.AddDate(0, 0, 8) // a new day's first line tidies up too
	j.Exchange(exchange(now, "nl", "A"))
	want = []string{"2026-11-22.jsonl", "2026-11-23.jsonl", "2026-12-01.jsonl", "2026-13-45.jsonl", "notes.txt"}
	if got := names(); !slices.Equal(got, want) {
		t.Errorf("8 days later left are %v", got)
	}
}

func TestErasedPersonIsNowhere(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, dir, Options{})
	const email = "Jan+shop@Example.nl"
	for i, e := range []web.Exchange{
		{Request: []byte(`{"email":"jan+shop@example.nl"}`), Path: "/customers"},
		{Path: "/customers?$filter=email%20eq%20%27jan%2Bshop%40example.nl%27"},
		{Path: "/customers/jan+shop@example.nl"},
		{Path: "/x", Keys: []string{"JAN+SHOP@EXAMPLE.NL"}},
		{Path: "/x", Err: errors.New("no jan+shop@example.nl")},
		{Path: "/x?email=another@example.nl", Response: []byte("another@example.nl")},
	} {
		e.At, e.Method, e.Status = morning.AddDate(0, 0, i%2), "GET", 200+i
		j.Exchange(e)
	}
	n, err := j.Erase(" " + email)
	if err != nil || n != 5 {
		t.Errorf("%d entries erased, %v", n, err)
	}
	for _, day := range []string{"2026-11-23", "2026-11-24"} {
		b, err := os.ReadFile(j.path(day))
		if err != nil {
			t.Fatal(err)
		}
		if low := strings.ToLower(string(b)); strings.Contains(low, "jan") {
			t.Errorf("%s still holds %s", day, b)
		}
	}
	found := search(t, j, Query{})
	if len(found) != 6 || !slices.ContainsFunc(found, func(e Entry) bool { return e.Response == "another@example.nl" && e.Status == 205 }) {
		t.Errorf("left are %+v", found)
	}
	if n, err := j.Erase("  "); n != 0 || err != nil {
		t.Errorf("an empty text erased %d, %v", n, err)
	}
	j.Exchange(exchange(morning, "nl", "after"))
	if got := len(search(t, j, Query{})); got != 7 {
		t.Errorf("%d entries after one more", got)
	}
}

func TestFullDiskIsTold(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, dir, Options{})
	if err := os.Mkdir(j.path("2026-11-23"), 0o700); err != nil { // cannot be opened as a file
		t.Fatal(err)
	}
	j.Exchange(exchange(morning, "nl", "lost"))
	if got := search(t, j, Query{Since: morning.AddDate(0, 0, 1)}); len(got) != 0 {
		t.Errorf("found %v", got)
	}
	err := j.Flush()
	if err == nil || fault.As(err).Code != "store.disk" {
		t.Fatalf("got %v", err)
	}
	if err := os.Remove(j.path("2026-11-23")); err != nil {
		t.Fatal(err)
	}
	j.Exchange(exchange(morning, "nl", "kept"))
	if got := keys(search(t, j, Query{})); got != "kept" {
		t.Errorf("got %q", got)
	}
}

func TestManyWriteWhileOneSearches(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, dir, Options{Gather: 5})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 100 {
				j.Exchange(exchange(morning.Add(time.Duration(i)*time.Minute*10), "nl", fmt.Sprint(w, "-", i)))
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			if _, err := j.Search(Query{Key: "3-99"}); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	found := search(t, j, Query{Limit: 1000})
	ids := map[string]bool{}
	for _, e := range found {
		ids[e.ID] = true
	}
	if len(found) != 400 || len(ids) != 400 {
		t.Errorf("%d entries, %d ids", len(found), len(ids))
	}
}

// Lines longer than what is read at once are put together again.
func TestLongLinesAreReadWhole(t *testing.T) {
	j := openTest(t, t.TempDir(), Options{})
	long := strings.Repeat("y", chunk*2+17)
	for i, body := range []string{long, "short", long, long} {
		e := exchange(morning.Add(time.Duration(i)*time.Second), "nl", fmt.Sprint(i))
		e.Response = []byte(body)
		j.Exchange(e)
	}
	found := search(t, j, Query{})
	if keys(found) != "3 2 1 0" || found[0].Response != long || found[2].Response != "short" || found[3].Response != long {
		t.Errorf("got %q", keys(found))
	}
}

func TestFilesAreReadableByTheirOwnerOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps access lists instead; the installer sets the folder's")
	}
	dir := filepath.Join(t.TempDir(), "journal")
	j := openTest(t, dir, Options{})
	j.Exchange(exchange(morning, "nl", "A"))
	if _, err := j.Erase("A"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, j.path("2026-11-23"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func FuzzID(f *testing.F) {
	f.Add("20260823T101502.123-0a1b2")
	f.Add("../../etc/passwd")
	f.Fuzz(func(t *testing.T, id string) {
		if day, ok := dayOf(id); ok && (len(day) != len(time.DateOnly) || strings.ContainsAny(day, `/\.`)) {
			t.Errorf("%q is of day %q", id, day)
		}
	})
}

// BenchmarkSearch looks for a key that is in no line of a day of 100,000 exchanges.
func BenchmarkSearch(b *testing.B) {
	j, err := Open(b.TempDir(), Options{Day: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	for i := range 100_000 {
		j.Exchange(exchange(morning, "nl", fmt.Sprint(i)))
	}
	for b.Loop() {
		if _, err := j.Search(Query{Key: "nowhere"}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkExchange is what the journal adds to a call.
func BenchmarkExchange(b *testing.B) {
	j, err := Open(b.TempDir(), Options{Day: 1 << 40})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	e := exchange(morning, "nl", "A-1")
	b.ReportAllocs()
	for b.Loop() {
		j.Exchange(e)
	}
}

// A disk that takes nothing any more: what is on it can still be searched, and Flush tells that lines were lost.
func TestFullDiskHidesNothing(t *testing.T) {
	j := openTest(t, t.TempDir(), Options{})
	j.Exchange(exchange(morning, "nl", "A-1"))
	if err := j.Flush(); err != nil {
		t.Fatal(err)
	}
	j.Exchange(exchange(morning, "nl", "A-2"))
	if err := j.file.Close(); err != nil { // from here on no line can be written
		t.Fatal(err)
	}
	if found := search(t, j, Query{}); keys(found) != "A-1" {
		t.Errorf("found %s", keys(found))
	}
	if err := j.Flush(); err == nil || fault.As(err).Code != "store.disk" {
		t.Errorf("Flush tells %v", err)
	}
}

// Whoever asks for a million entries does not fill the memory.
func TestSearchIsBoundedInBytes(t *testing.T) {
	j := openTest(t, t.TempDir(), Options{})
	e := exchange(morning, "nl", "A-1")
	e.Response = []byte(strings.Repeat("x", 10_000))
	for range 50 {
		j.Exchange(e)
	}
	for most, want := range map[int64]int{0: 50, 1: 1, 100_000: 10, 1 << 30: 50} {
		if found := search(t, j, Query{Limit: 1_000_000, Bytes: most}); len(found) != want {
			t.Errorf("of %d bytes: %d entries, want %d", most, len(found), want)
		}
	}
}
