package woocommerce

import (
	"encoding/json"
	"net/http"
	"time"

	"stockbridge/sync/record"
)

// cursor is where a reader stopped. Lists by id keep a walk; changed orders keep the rest. Times are Unix seconds of
// the shop's clock, never of ours.
type cursor struct {
	Walk walk `json:"w,omitzero"`

	Since int64   `json:"s,omitempty"` // orders modified after this second are still to be read
	Base  int64   `json:"b,omitempty"` // Since at the beginning of this pass
	Start int64   `json:"d,omitempty"` // the shop's clock at the beginning of this pass
	Top   int64   `json:"t,omitempty"` // latest change seen in this pass
	Seen  []int64 `json:"i,omitempty"` // ids of second Since+1 already returned
	// Second, when set, is read by id: more orders changed in it than one page holds.
	Second int64 `json:"m,omitempty"`
	ByID   bool  `json:"r,omitempty"` // the rest of this pass is read by id: its dates are in no order to page by
	Open   bool  `json:"o,omitempty"` // in the middle of a pass
	// Zone is the shop's local time less GMT at the latest change, in seconds; nil when unknown.
	Zone *int64 `json:"z,omitempty"`
}

// walk is a place in a list sorted by id.
type walk struct {
	Offset int   `json:"o,omitempty"` // rows before it
	Last   int64 `json:"l,omitempty"` // the last id seen
	First  int64 `json:"f,omitempty"` // the first id of the list
}

const (
	// overlap is how far a new pass looks back from the latest change it saw: rows become visible after the time
	// they carry, and a second is not over when its first row is read (NOTES §3; invariant 2).
	overlap = 5 * 60
	// quiet is how far behind the shop's clock a cursor follows when nothing changes. It exceeds an hour so that a
	// Date header in local time skips nothing.
	quiet = 2 * 60 * 60
)

// parse reads a cursor. One that can't be read begins anew: reading twice is harmless, skipping is not.
func parse(c record.Cursor) cursor {
	var p cursor
	if c == "" || json.Unmarshal([]byte(c), &p) != nil || p.Walk.Offset < 0 || p.Walk.Last < 0 || p.Since < 0 {
		return cursor{}
	}
	return p
}

func (c cursor) String() record.Cursor {
	b, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return record.Cursor(b)
}

// note keeps what a list of changes says of the pass.
func (c *cursor) note(ch changeTimes) {
	c.Top, c.Zone = max(c.Top, ch.last), ch.zone
}

// next is where the pass after this one begins. A change dated later than the shop's clock (saved while that clock
// was ahead, or imported) must not carry the cursor there: every order until then would be passed over. A shop that
// does not tell its clock is held against ours.
func (c *cursor) next() cursor {
	clock := c.Start
	if clock == 0 {
		clock = time.Now().Unix()
	}
	return cursor{Since: max(c.Base, min(c.Top, clock)-overlap, c.Start-quiet, 0), Zone: c.Zone}
}

// begin notes the shop's clock as the first answer of a pass tells it, and reports whether the pass began later than
// that clock allows: then everything it skipped must be read after all. A clock that is behind costs only reading twice.
func (c *cursor) begin(h http.Header) (ahead bool) {
	if c.Start != 0 {
		return false
	}
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return false
	}
	c.Start = at.Unix()
	return c.Base > c.Start
}

// gmt is the only form of a date filter that both versions read as meant, with dates_are_gmt=true (NOTES §3).
const gmtLayout = "2006-01-02T15:04:05"

func gmt(unix int64) string { return time.Unix(unix, 0).UTC().Format(gmtLayout) }

// parseGMT reads the API's *_gmt fields; zero when empty or malformed.
func parseGMT(t text) time.Time {
	at, err := time.Parse(gmtLayout, string(t))
	if err != nil {
		return time.Time{}
	}
	return at
}
