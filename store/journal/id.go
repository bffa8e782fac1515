package journal

import (
	"fmt"
	"strconv"
	"time"

	"stockbridge/sync/fault"
)

// An id is the moment in UTC to the millisecond and a counter, such as 20260823T101502.123-0a1b2: it sorts by time and
// says which day's file the entry is in.
const (
	idTime   = "20060102T150405.000"
	counters = 1 << 20 // five hexadecimal digits
)

func newID(at time.Time, counter uint32) string {
	return fmt.Sprintf("%s-%05x", at.UTC().Format(idTime), counter%counters)
}

// dayOf returns the day an id's file is named after. Only an id in the exact form has one, so no id leads out of the
// journal's folder.
func dayOf(id string) (string, bool) {
	if len(id) != len(idTime)+6 || id[len(idTime)] != '-' {
		return "", false
	}
	at, err := time.Parse(idTime, id[:len(idTime)])
	if err != nil {
		return "", false
	}
	n, err := strconv.ParseUint(id[len(idTime)+1:], 16, 32)
	if err != nil || newID(at, uint32(n)) != id {
		return "", false
	}
	return at.Format(time.DateOnly), true
}

// Begun is when the call of an id began; journal.unknown for what is no id.
func Begun(id string) (time.Time, error) {
	if _, ok := dayOf(id); !ok {
		return time.Time{}, fault.New("journal.unknown", fault.Args{"id": id[:min(len(id), 60)]})
	}
	at, err := time.Parse(idTime, id[:len(idTime)])
	return at, err
}
