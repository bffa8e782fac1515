package sim

import (
	"cmp"
	"maps"
	"slices"
)

// shelf keeps records by id and, once asked for, in the orders lists want, so that paging doesn't sort at every page.
type shelf[R any] struct {
	byID    map[int]R
	ordered map[string][]R // ascending; dropped when a record may have moved
	id      func(R) int
	compare func(by string, a, b R) int
}

func newShelf[R any](id func(R) int, compare func(by string, a, b R) int) shelf[R] {
	return shelf[R]{byID: map[int]R{}, ordered: map[string][]R{}, id: id, compare: compare}
}

// put files a record that is new or changed. Ids only grow, so the order by id stays good.
func (s *shelf[R]) put(r R) {
	id := s.id(r)
	_, known := s.byID[id]
	s.byID[id] = r
	list, kept := s.ordered["id"]
	clear(s.ordered)
	switch {
	case kept && known:
		s.ordered["id"] = list
	case kept && (len(list) == 0 || s.id(list[len(list)-1]) < id):
		s.ordered["id"] = append(list, r)
	}
}

func (s *shelf[R]) drop(id int) {
	delete(s.byID, id)
	clear(s.ordered)
}

// inOrder are all records, ascending; equals by id. The list is the shelf's own: read only.
func (s *shelf[R]) inOrder(by string) []R {
	list, ok := s.ordered[by]
	if !ok {
		list = s.sorted(maps.Values(s.byID), by)
		s.ordered[by] = list
	}
	return list
}

func (s *shelf[R]) sorted(rows func(func(R) bool), by string) []R {
	return slices.SortedFunc(rows, func(a, b R) int {
		return cmp.Or(s.compare(by, a, b), cmp.Compare(s.id(a), s.id(b)))
	})
}
