package sim

import (
	"strings"
	"unicode"
)

// checkCountry validates a country code against the company's countries.
func checkCountry(name string) func(*tx, *row, any) error {
	return func(t *tx, r *row, v any) error {
		code, _ := v.(string)
		if code != "" && !t.co.lands[code] {
			return noRelation(r.in.set.byName[name].caption, r.in.set.table, code, "Country/Region")
		}
		t.set(r, name, code)
		return nil
	}
}

// checkMissing refuses any value of a relation whose table has no rows here.
func checkMissing(name, message string) func(*tx, *row, any) error {
	return func(_ *tx, r *row, v any) error {
		value, _ := v.(string)
		if message != "" {
			return dialog(message)
		}
		f := r.in.set.byName[name]
		return noRelation(f.caption, r.in.set.table, value, f.caption)
	}
}

// checkEmail applies BC's mail management: one or more addresses, separated by semicolons.
func checkEmail(name string) func(*tx, *row, any) error {
	return func(t *tx, r *row, v any) error {
		list, _ := v.(string)
		for _, one := range strings.FieldsFunc(list, func(c rune) bool { return c == ';' || c == ',' }) {
			user, host, ok := strings.Cut(strings.TrimSpace(one), "@")
			if !ok || user == "" || host == "" || strings.ContainsAny(host, "@ ") || strings.Contains(user, " ") {
				return dialog(`The email address "` + one + `" is not valid.`)
			}
		}
		t.set(r, name, list)
		return nil
	}
}

func (s *Server) checkPhone(name string) func(*tx, *row, any) error {
	return func(t *tx, r *row, v any) error {
		number, _ := v.(string)
		if s.opt.StrictPhone && strings.ContainsFunc(number, unicode.IsLetter) {
			return testField(r.in.set.byName[name].caption + " must not contain letters in " + r.in.set.table + ".")
		}
		t.set(r, name, number)
		return nil
	}
}

// pair keeps an id field and a code field that name the same row together.
type pair struct {
	id, code, set string
	noID, noCode  string // the page's messages
}

func (p pair) byID(t *tx, r *row, v any) error {
	id, _ := v.(string)
	code := ""
	if id != zeroGUID {
		other := t.co.tables[p.set].byID[id]
		if other == nil {
			return dialog(p.noID)
		}
		code = other.text("code")
	}
	t.set(r, p.id, id)
	t.set(r, p.code, code)
	return nil
}

func (p pair) byCode(t *tx, r *row, v any) error {
	code, _ := v.(string)
	id := zeroGUID
	if code != "" {
		other := t.co.tables[p.set].one("code", code)
		if other == nil {
			return dialog(p.noCode)
		}
		id = other.id
	}
	t.set(r, p.id, id)
	t.set(r, p.code, code)
	return nil
}

// setCurrency validates a currency code: the local one is stored as blank and shown again (NOTES section 3, Values).
func setCurrency(t *tx, r *row, v any) error {
	code := strings.ToUpper(strings.TrimSpace(v.(string)))
	if code == "" || code == t.co.s.opt.LCY {
		t.set(r, "currencyId", zeroGUID)
		t.set(r, "currencyCode", t.co.s.opt.LCY)
		return nil
	}
	cur := t.co.tables["currencies"].one("code", code)
	if cur == nil {
		return dialog(`The "currencyCode" does not match to a Currency.`)
	}
	t.set(r, "currencyId", cur.id)
	t.set(r, "currencyCode", cur.text("code"))
	return nil
}

func setCurrencyID(t *tx, r *row, v any) error {
	id, _ := v.(string)
	if id == zeroGUID {
		return setCurrency(t, r, "")
	}
	cur := t.co.tables["currencies"].byID[id]
	if cur == nil {
		return dialog(`The "currencyId" does not match to a Currency.`)
	}
	return setCurrency(t, r, cur.text("code"))
}

// prepareCode checks the key of a plain code table.
func prepareCode(_ *tx, r *row, ms []member) error {
	code := givenText(ms, "code")
	if code == "" {
		return testField("Code must have a value in " + r.in.set.table + ": Code=. It cannot be zero or empty.")
	}
	if r.in.one("code", code) != nil {
		return duplicate(r.in.set.table, code)
	}
	return nil
}

func prepareVariant(t *tx, r *row, ms []member) error {
	id := r.text("itemId")
	if v := givenText(ms, "itemId"); v != "" {
		id = v
	}
	item := t.co.tables["items"].byID[id]
	if item == nil {
		return dialog("Item does not exist.")
	}
	t.set(r, "itemId", item.id)
	t.set(r, "itemNumber", item.text("number"))
	for _, other := range r.in.find("itemId", item.id) {
		if strings.EqualFold(other.text("code"), givenText(ms, "code")) {
			return duplicate(r.in.set.table, givenText(ms, "code"))
		}
	}
	return nil
}
