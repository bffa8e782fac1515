package service_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// history is everything that happened, in order.
type history struct {
	mu      sync.Mutex
	deeds   []deed
	hours   map[hour]int // requests
	changed map[hour]int // things that happened, requests apart
	calls   int
	writes  int // requests that can change something
}

// deed is one thing that happened.
type deed struct {
	at   time.Time
	text string
	body string // of a request that writes
	read bool
}

// hour is a side's hour; of what people do the side is "".
type hour struct {
	side string
	n    int64
}

func hourOf(side string) hour { return hour{side, time.Now().Unix() / 3600} }

// note writes down what somebody did.
func (h *history) note(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.changed == nil {
		h.changed = map[hour]int{}
	}
	h.changed[hourOf("")]++
	h.deeds = append(h.deeds, deed{at: time.Now(), text: fmt.Sprintf(format, args...)})
}

// busy counts work that one deed makes.
func (h *history) busy(records int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changed[hourOf("")] += records / 10
}

// exchange writes down a request and what became of it.
func (h *history) exchange(process int, side string, r *http.Request, body []byte, status int, fault string) {
	q := request{side: side, method: r.Method, path: r.URL.Path, body: string(body)}
	d := deed{at: time.Now(), read: !q.writes()}
	target := r.URL.Path
	if i := strings.LastIndex(target, "/companies("); i >= 0 {
		target = "…" + target[i+len("/companies(")+37:]
	}
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	d.text = fmt.Sprintf("  [%d] %s %s %s -> %d %s", process, side, r.Method, target, status, fault)
	if !d.read || strings.HasSuffix(r.URL.Path, "/$batch") {
		d.body = string(body[:min(len(body), 600)])
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.hours == nil {
		h.hours = map[hour]int{}
	}
	h.hours[hourOf(side)]++
	h.calls++
	if !d.read {
		h.writes++
	}
	h.deeds = append(h.deeds, d)
}

// countWrites is how many requests could change something until now.
func (h *history) countWrites() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.writes
}

func (d *deed) String() string {
	s := d.at.UTC().Format("01-02 15:04:05.000") + " " + d.text
	if d.body != "" {
		s += " " + d.body
	}
	return s
}

// tail is the end of the history.
func (h *history) tail(n int) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return list(h.deeds[max(0, len(h.deeds)-n):])
}

// about is what the history says of a record: what people did and what was written, the last n of it, with the
// troubles and the processes of the half hour around each.
func (h *history) about(words string, n int) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	pattern := regexp.MustCompile(words)
	var hits []deed
	frame := func(d *deed) bool {
		return strings.HasPrefix(d.text, "process") || strings.HasPrefix(d.text, "trouble")
	}
	next := time.Time{}
	for _, d := range slices.Backward(h.deeds) {
		switch {
		case !d.read && (pattern.MatchString(d.text) || pattern.MatchString(d.body)):
			next = d.at
		case !frame(&d) || next.IsZero() || next.Sub(d.at) > 30*time.Minute:
			continue
		}
		if hits = append(hits, d); len(hits) == n {
			break
		}
	}
	slices.Reverse(hits)
	return list(hits)
}

// paths counts what was called in an hour.
func (h *history) paths(of hour) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	counts := map[string]int{}
	for i := range h.deeds {
		d := &h.deeds[i]
		if d.at.Unix()/3600 == of.n {
			text, _, _ := strings.Cut(d.text, "?")
			counts[digits.ReplaceAllString(text, "#")]++
		}
	}
	var out []string
	for text, n := range counts {
		out = append(out, fmt.Sprintf("%6d %s", n, text))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

var digits = regexp.MustCompile(`[0-9a-f-]{20,}|[0-9.]+`)

// orderWords find an order of the shop in the history, itemWords an item.
func orderWords(id int) string {
	return fmt.Sprintf(`(order |orders/|"id":|NL-)%d([^0-9]|$)`, id)
}

func itemWords(number string) string { return regexp.QuoteMeta(number) + `([^0-9]|$)` }

func list(deeds []deed) string {
	lines := make([]string, len(deeds))
	for i := range deeds {
		lines[i] = deeds[i].String()
	}
	return strings.Join(lines, "\n")
}
