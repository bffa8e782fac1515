package sim

import (
	"encoding/base64"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/govalues/decimal"
)

// tag is the row's ETag: weak, and a hash of the values served rather than a row version, so that it moves when
// only the inventory moves (NOTES section 3).
func (r *row) tag(version int) string {
	if r.etag != "" {
		return r.etag
	}
	h := fnv.New64a()
	var buf []byte
	for i, f := range r.in.set.fields {
		if f.served(version) {
			buf = f.appendValue(append(buf[:0], f.name...), r.v[i])
			_, _ = h.Write(buf) // a hash never fails
		}
	}
	sum := strconv.FormatUint(h.Sum64(), 10)
	r.etag = `W/"` + base64.StdEncoding.EncodeToString([]byte("'"+strconv.Itoa(len(sum))+";"+sum+"1;00;'")) + `"`
	return r.etag
}

// same compares two values of one field; decimals by number, not by trailing zeros.
func same(a, b any) bool {
	switch x := a.(type) {
	case decimal.Decimal:
		y, ok := b.(decimal.Decimal)
		return ok && x.Cmp(y) == 0
	case time.Time:
		y, ok := b.(time.Time)
		return ok && x.Equal(y)
	}
	return a == b
}
