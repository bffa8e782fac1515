package bc

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Orders whose outcome is unknown are looked for a hundred a call in each place an order can be, never one by one.
func TestManyOrdersAreLookedUpInFewCalls(t *testing.T) {
	w := newWorld(t)
	w.orders("WEB-0") // finds out which company it is
	var numbers []string
	for i := range 250 {
		numbers = append(numbers, fmt.Sprintf("WEB-%d", 1000+i))
	}
	a, b := w.item("A", "100", 50), w.item("B", "200", 50)
	if res := w.write(order(w.customer("Jan de Vries", "jan@example.nl"), a, b), "1001"); res.Err != nil {
		t.Fatal(res.Err)
	}
	w.mu.Lock()
	w.seen = nil
	w.mu.Unlock()
	if found := w.orders(numbers...); len(found) != 1 || found[0].Key.ID != "WEB-1001" {
		t.Fatalf("%d found", len(found))
	}
	for _, r := range w.seen {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/$batch") {
			t.Errorf("%s %s", r.Method, r.URL.Path)
		}
	}
	if len(w.seen) != 9 { // open, invoiced, shipped: three hundreds each
		t.Errorf("%d calls for 250 orders", len(w.seen))
	}
}
