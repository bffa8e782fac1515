package sim

import (
	"maps"
	"slices"

	"github.com/govalues/decimal"
)

// Backup is a copy of a company as its database held it at one moment.
type Backup struct {
	id, name string
	rows     map[string][]savedRow
	series   map[string]int64
	vat      map[[2]string]decimal.Decimal
	lands    map[string]bool
}

// savedRow is a row out of its table: ids and values stay what they were.
type savedRow struct {
	id string
	v  []any
}

// Backup copies the company as it is now.
func (c *Company) Backup() *Backup {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	b := &Backup{id: c.ID, name: c.Name, rows: map[string][]savedRow{}, series: maps.Clone(c.series), vat: maps.Clone(c.vat), lands: maps.Clone(c.lands)}
	for set, t := range c.tables {
		for _, r := range t.sorted {
			b.rows[set] = append(b.rows[set], savedRow{r.id, slices.Clone(r.v)})
		}
	}
	return b
}

// Restore puts the company back to what it was: same ids, same numbers, and the next numbers are given again.
func (c *Company) Restore(b *Backup) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.fill(b)
}

func (c *Company) fill(b *Backup) {
	c.series, c.vat, c.lands = maps.Clone(b.series), maps.Clone(b.vat), maps.Clone(b.lands)
	for set, t := range c.tables {
		fresh := newTable(t.set)
		for _, s := range b.rows[set] {
			fresh.add(&row{in: fresh, id: s.id, v: slices.Clone(s.v)})
		}
		c.tables[set] = fresh
	}
}

// AddBackup restores a company beside those there are, or on another server, under a name of its own: a test company.
// Its SystemIds are those of the original.
func (s *Server) AddBackup(b *Backup, name string) *Company {
	c := s.AddCompany(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.companies.byID[c.ID]
	s.companies.drop(r)
	c.ID = b.id
	r.id = b.id
	s.companies.assign(r, s.companies.set.byName["id"], b.id)
	s.companies.add(r)
	c.fill(b)
	return c
}

// RemoveCompany deletes a company, so that another can take its name.
func (s *Server) RemoveCompany(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = slices.DeleteFunc(s.list, func(c *Company) bool {
		if c.Name == name {
			s.companies.drop(s.companies.byID[c.ID])
		}
		return c.Name == name
	})
}

// Empty deletes all rows of a set, as a person or a faulty job can; it takes them out of reach of every relation.
func (c *Company) Empty(set string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.tables[set] = newTable(c.tables[set].set)
}
