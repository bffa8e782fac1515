package sim

import (
	"strconv"

	"github.com/govalues/decimal"
)

// Company is one company of the server. Its methods do by hand what people and job queues do in BC's own client.
type Company struct {
	ID, Name string

	s      *Server
	tables map[string]*table
	series map[string]int64
	vat    map[[2]string]decimal.Decimal // country ("" is any other), tax group; percent
	lands  map[string]bool               // countries that exist
}

// AddCompany makes a company with the usual countries, the local currency and the unit PCS.
func (s *Server) AddCompany(name string) *Company {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &Company{
		ID: s.newID(), Name: name, s: s,
		tables: map[string]*table{},
		series: map[string]int64{"order": 1000, "invoice": 103000, "draft": 1000, "shipment": 102000, "customer": 10000, "item": 1000},
		vat:    map[[2]string]decimal.Decimal{},
		lands:  usualCountries(),
	}
	for _, set := range s.schema.order {
		c.tables[set] = newTable(s.schema.sets[set])
	}
	t := &tx{co: c}
	r := s.companies.newRow(c.ID)
	for name, v := range map[string]any{
		"name": c.Name, "displayName": c.Name, "systemVersion": s.opt.Version,
		"systemCreatedAt": s.now(), "systemModifiedAt": s.now(), "timestamp": int64(len(s.list) + 1),
	} {
		t.set(r, name, v)
	}
	s.companies.add(r)
	info := c.tables["companyInformation"].newRow(s.newID())
	t.set(info, "displayName", c.Name)
	t.set(info, "country", s.opt.Country)
	t.set(info, "currencyCode", s.opt.LCY)
	t.touch(info)
	t.insert(info)
	c.addSimple(t, "unitsOfMeasure", "PCS", "Piece")
	s.list = append(s.list, c)
	return c
}

// addSimple makes a row with a code and a name.
func (c *Company) addSimple(t *tx, set, code, name string) *row {
	tb := c.tables[set]
	if r := tb.one("code", code); r != nil {
		return r
	}
	r := tb.newRow(c.s.newID())
	t.set(r, "code", code)
	t.set(r, "displayName", name)
	t.touch(r)
	t.insert(r)
	return r
}

// nextNumber takes the next number of a series; a rollback gives it back unless somebody has taken a later one.
func (t *tx) nextNumber(series, prefix string) string {
	co := t.co
	old := co.series[series]
	co.series[series] = old + 1
	t.undo = append(t.undo, func() {
		if co.series[series] == old+1 {
			co.series[series] = old
		}
	})
	return prefix + strconv.FormatInt(old+1, 10)
}

// usualCountries is what a demonstration company knows.
func usualCountries() map[string]bool {
	m := map[string]bool{}
	for _, c := range []string{
		"AE", "AT", "AU", "BE", "BG", "BN", "BR", "CA", "CH", "CN", "CR", "CY", "CZ", "DE", "DK", "DZ", "EE", "EL", "ES",
		"FI", "FJ", "FR", "GB", "GR", "HR", "HU", "ID", "IE", "IN", "IS", "IT", "JP", "KE", "LT", "LU", "LV", "MA", "ME",
		"MT", "MX", "MY", "MZ", "NG", "NI", "NL", "NO", "NZ", "PH", "PL", "PT", "RO", "RS", "RU", "SA", "SB", "SE", "SG",
		"SI", "SK", "SZ", "TH", "TN", "TR", "TZ", "UG", "US", "VU", "WS", "ZA",
	} {
		m[c] = true
	}
	return m
}
