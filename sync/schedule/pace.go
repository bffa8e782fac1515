package schedule

import "time"

// The bounds between which a batch's size stays as it is, and where it begins.
const (
	firstSize = 25
	quick     = 4 * time.Second
	slow      = 8 * time.Second
)

// Pace adapts the number of changes in one call to the answer time of a side: WooCommerce saves each product of a
// batch in turn, so a call of 100 can outlast a web server's own limit (contracts/woocommerce, NOTES).
type Pace struct {
	Size int // changes in the next call, 1 to Max
	Max  int // the side's own limit; at least 1
}

// NewPace begins with 25, or less where the side takes less.
func NewPace(limit int) Pace {
	limit = max(limit, 1)
	return Pace{Size: min(firstSize, limit), Max: limit}
}

// Next returns the pace after a call of Size changes: doubled when it took under 4 s, halved when it took over 8 s
// or failed.
func (p Pace) Next(took time.Duration, failed bool) Pace {
	switch {
	case failed || took > slow:
		p.Size /= 2
	case took < quick:
		p.Size *= 2
	}
	p.Max = max(p.Max, 1)
	p.Size = min(max(p.Size, 1), p.Max)
	return p
}
