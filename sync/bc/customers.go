package bc

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/web"
)

// readCustomers finds customers by e-mail address, exactly but for case, or by "#" and their No.
func (c *Client) readCustomers(ctx context.Context, co *company, q record.Query) (endpoint.Page, error) {
	f := customerFinder{byMail: askedKeys{}, byNumber: askedKeys{}, seen: map[string]bool{}}
	switch {
	case q.IDs:
		return c.readIDs(ctx, co, record.KindShopper, "customers", q)
	case len(q.Refs) > 0:
		f.all = true
		err := c.lookup(ctx, co, search{kind: record.KindShopper, set: "customers", field: "id", values: guids(q.Refs), fields: customerFields}, f.add)
		return endpoint.Page{Records: f.out}, err
	case len(q.Keys) == 0:
		return endpoint.Page{}, unsupported(q)
	}
	for _, k := range q.Keys {
		if number, ok := strings.CutPrefix(k, "#"); ok {
			f.byNumber[code(number)] = append(f.byNumber[code(number)], k)
		} else if mail := record.FoldEmail(k); mail != "" && !slices.Contains(f.byMail[mail], k) {
			f.byMail[mail] = append(f.byMail[mail], k)
		}
	}
	numbers, _ := f.byNumber.literals(20)
	if err := c.lookup(ctx, co, search{kind: record.KindShopper, set: "customers", field: "number", values: numbers, fields: customerFields}, f.add); err != nil {
		return endpoint.Page{}, err
	}
	mails, rest := f.byMail.literals(80)
	scan, err := c.byMail(ctx, co, mails, f.add)
	if err != nil {
		return endpoint.Page{}, err
	}
	rest = slices.DeleteFunc(rest, func(m string) bool { return units(m) > 80 }) // no customer's address is longer
	if scan || len(rest) > 0 {
		if err := c.all(ctx, co.path(query{fields: customerFields}.path("customers")), record.KindShopper, f.add); err != nil {
			return endpoint.Page{}, err
		}
	}
	return endpoint.Page{Records: f.out}, nil
}

// byMail asks for each address as it is and, because whether BC compares text with case depends on the database's
// collation (NOTES §3), once more in lower case. scan: the server can't do the latter.
func (c *Client) byMail(ctx context.Context, co *company, mails []literal, use func(json.RawMessage) error) (scan bool, err error) {
	if err := c.lookup(ctx, co, search{kind: record.KindShopper, set: "customers", field: "email", values: mails, fields: customerFields}, use); err != nil {
		return false, err
	}
	paths := make([]string, len(mails))
	for i, m := range mails {
		paths[i] = query{fields: customerFields, filter: compare("tolower(email)", "eq", m)}.path("customers")
	}
	answers, err := c.gets(ctx, co, about{kind: record.KindShopper}, paths)
	if err != nil {
		return false, err
	}
	for i, res := range answers {
		if res.Status == http.StatusNotImplemented || res.Status == http.StatusBadRequest {
			scan = true
			continue
		}
		if err := c.readFault(res, record.KindShopper); err != nil {
			return false, err
		}
		var l list
		if err := web.JSON(res, &l); err != nil {
			return false, err
		}
		for _, raw := range l.Value {
			if err := use(raw); err != nil {
				return false, err
			}
		}
		next, err := c.next(co.path(paths[i]), l.Next)
		if err != nil {
			return false, err
		}
		if err := c.all(ctx, next, record.KindShopper, use); err != nil {
			return false, err
		}
	}
	return scan, nil
}

// customerFinder keeps the rows that were asked for. Several customers may share an address; all are kept.
type customerFinder struct {
	byMail, byNumber askedKeys
	all              bool
	seen             map[string]bool
	out              []record.Record
}

func (f *customerFinder) add(raw json.RawMessage) error {
	r, bad := row[customerRow](raw, []record.Kind{record.KindShopper})
	if bad != nil {
		return f.bad(raw, bad[0])
	}
	keys := slices.Concat(f.byMail[record.FoldEmail(r.Email)], f.byNumber[code(r.Number)])
	if f.all {
		keys = []string{record.FoldEmail(r.Email)}
	}
	if f.seen[r.ID] {
		return nil
	}
	for _, k := range keys {
		f.seen[r.ID] = true
		f.out = append(f.out, record.Record{Key: record.Key{Kind: record.KindShopper, ID: k}, Ref: r.ID, Body: r.shopper()})
	}
	return nil
}

// bad keeps a row that can't be read under the key it was asked by, when that much can be read.
func (f *customerFinder) bad(raw json.RawMessage, rec record.Record) error {
	var loose struct{ Email, Number any }
	if json.Unmarshal(raw, &loose) != nil {
		return nil
	}
	mail, _ := loose.Email.(string)
	number, _ := loose.Number.(string)
	for _, k := range slices.Concat(f.byMail[record.FoldEmail(mail)], f.byNumber[code(number)]) {
		rec.Key.ID = k
		f.out = append(f.out, rec)
	}
	return nil
}

func (r *customerRow) shopper() *record.Shopper {
	a := record.Address{Line1: r.Line1, Line2: r.Line2, PostCode: r.PostCode, City: r.City, State: r.State, Country: r.Country, Phone: r.Phone}
	if r.Type == "Person" {
		a.FirstName, a.LastName = splitName(r.DisplayName)
	} else {
		a.Company = r.DisplayName
	}
	return &record.Shopper{Number: r.Number, Email: r.Email, Billing: a, Blocked: string(r.Blocked)}
}

// splitName takes a person's one name apart the way it is put together: the last word is the last name.
func splitName(s string) (first, last string) {
	if i := strings.LastIndexByte(s, ' '); i >= 0 {
		return strings.TrimSpace(s[:i]), s[i+1:]
	}
	return "", s
}

// createCustomer makes a customer.
func (c *Client) createCustomer(ctx context.Context, co *company, ch record.Change, want *record.Shopper) endpoint.Result {
	mail := strings.TrimSpace(want.Email)
	if units(mail) > 80 {
		// A shortened address would belong to nobody, and not be found the next time.
		return endpoint.Result{Err: fault.New("record.invalid", fault.Args{"side": "Shop", "key": ch.Key.String(), "field": "e-mail",
			"value": fit(mail, 40) + "…", "allowed": "at most 80 characters"})}
	}
	a := want.Billing
	body := newCustomer{DisplayName: fit(a.Name(), 100), Type: "Person", Line1: fit(a.Line1, 100), Line2: fit(a.Line2, 50),
		City: fit(a.City, 30), State: fit(a.State, 30), Country: fit(a.Country, 10), PostCode: fit(a.PostCode, 20), Phone: phone(a.Phone), Email: mail}
	if strings.TrimSpace(a.Company) != "" {
		body.Type = "Company"
	}
	if body.DisplayName == "" {
		body.DisplayName = mail
	}
	var made rowID
	res := c.create(ctx, ch, call{method: http.MethodPost, path: co.path("customers"), body: body}, &made)
	if res.Err == nil {
		res.Ref, res.Number = made.ID, made.Number
	}
	return res
}
