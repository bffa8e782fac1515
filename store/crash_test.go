package store

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"stockbridge/sync/engine"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// crashFile names the file that this program, started again by TestKilledProcessLosesNothing, is to fill.
const crashFile = "STOCKBRIDGE_STORE_CRASH"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		fillUntilKilled(path)
	}
	runChild()
	os.Exit(m.Run())
}

// fillUntilKilled commits page after page and says so after each.
func fillUntilKilled(path string) {
	d, err := Open(path, Options{})
	for n := next(d); err == nil; n++ {
		if err = d.Intend([]engine.Intent{{ID: fmt.Sprint("intent", n), Kind: record.KindItem, Source: fmt.Sprint(n)}}, nil); err == nil {
			err = d.Commit(crashPage(n))
		}
		if err == nil {
			fmt.Println(n)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// next is the page that follows the cursor.
func next(d *DB) int {
	if d == nil {
		return 0
	}
	cursor, err := d.Cursor(record.KindItem)
	if err != nil || cursor == "" {
		return 0
	}
	n, _ := strconv.Atoi(string(cursor))
	return n + 1
}

const crashRecords = 40

// crashPage is page n: new records, all records of the page before once more, and a hold that ends with the next page.
func crashPage(n int) engine.Outcome {
	o := engine.Outcome{Kinds: []record.Kind{record.KindItem}, Cursor: record.Cursor(strconv.Itoa(n)), Moves: true, Intents: []string{fmt.Sprint("intent", n)}}
	for at := max(0, (n-1)*crashRecords); at < (n+1)*crashRecords; at++ {
		o.Settled = append(o.Settled, plan.Settled{Kind: record.KindItem, Key: fmt.Sprint("SKU", at), Source: crashRef(at), To: strconv.Itoa(n), Sum: record.Sum{byte(n)}})
	}
	o.Settled = append(o.Settled, plan.Settled{Kind: record.KindItem, Key: fmt.Sprint("held", n-1), Source: fmt.Sprint("held", n-1)})
	o.Held = []plan.Held{{Kind: record.KindItem, Key: fmt.Sprint("held", n), Source: fmt.Sprint("held", n), Code: "item.no_name"}}
	return o
}

func crashRef(at int) string {
	r := rand.New(rand.NewPCG(uint64(at), 1))
	return guid(r)
}

// wantWholePages checks that a file holds exactly the pages up to its cursor. It returns the cursor's page.
func wantWholePages(t *testing.T, path string) int {
	t.Helper()
	d := must[*DB](t)(Open(path, Options{}))
	defer d.Close()
	last := next(d) - 1
	if last < 0 {
		return last
	}
	refs := make([]string, 0, (last+2)*crashRecords)
	for at := range (last + 2) * crashRecords {
		refs = append(refs, crashRef(at))
	}
	for at, l := range must[plan.Agreed](t)(d.Agreed(record.KindItem, refs)) {
		page := min(at/crashRecords+1, last) // records are written in their own page and in the one after
		want := plan.Last{Key: fmt.Sprint("SKU", at), To: strconv.Itoa(page)}
		want.Kinds[0] = plan.Agreement{Set: true, Sum: record.Sum{byte(page)}}
		if at >= (last+1)*crashRecords {
			want = plan.Last{}
		}
		if l != want {
			t.Fatalf("cursor at page %d, record %d: %+v, want %+v", last, at, l, want)
		}
	}
	if p := only(t, d); p.Key != fmt.Sprint("held", last) {
		t.Fatalf("cursor at page %d, but %s is held", last, p.Key)
	}
	for _, in := range must[engine.Open](t)(d.Open(record.KindItem)).Intents {
		if in.ID != fmt.Sprint("intent", last+1) {
			t.Fatalf("cursor at page %d, but %s is open", last, in.ID)
		}
	}
	return last
}

// A real process is killed while it commits, again and again on the same file. What it reported as committed is there;
// nothing is there by half.
func TestKilledProcessLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	kills := 8
	if testing.Short() {
		kills = 2
	}
	for kill := range kills {
		reported := runAndKill(t, path, 3+kill*2)
		check(t, Verify(path))
		if last := wantWholePages(t, path); last < reported {
			t.Fatalf("page %d was reported as committed, the file ends with %d", reported, last)
		}
	}
}

// runAndKill starts the process, kills it after it has reported a number of pages, and returns the last it reported.
func runAndKill(t *testing.T, path string, pages int) int {
	t.Helper()
	cmd := exec.Command(must[string](t)(os.Executable()))
	cmd.Env = append(os.Environ(), crashFile+"="+path)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out := must[interface{ Read([]byte) (int, error) }](t)(cmd.StdoutPipe())
	check(t, cmd.Start())
	last := -1
	for lines := bufio.NewScanner(out); lines.Scan(); {
		last = must[int](t)(strconv.Atoi(lines.Text()))
		if pages--; pages == 0 {
			check(t, cmd.Process.Kill())
		}
	}
	if err := cmd.Wait(); err == nil || pages > 0 {
		t.Fatalf("the process ended by itself: %v: %s", err, complaints.String())
	}
	return last
}
