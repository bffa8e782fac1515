package sim

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Customer is an account of the shop. Its password is read and forgotten.
type Customer struct {
	ID                  int
	Email               string
	FirstName, LastName string
	Username            string
	Role                string
	Billing, Shipping   Address
	Paying              bool
	Meta                []Meta
	Created, Modified   time.Time // UTC
}

// customerBook keeps the accounts and files them by e-mail.
type customerBook struct {
	shelf[*Customer]
	byMail map[string]int
}

func newCustomerBook() customerBook {
	return customerBook{newShelf(func(c *Customer) int { return c.ID }, func(by string, a, b *Customer) int {
		switch by {
		case "name":
			return cmp.Compare(fold(a.displayName()), fold(b.displayName()))
		case "registered_date":
			return a.Created.Compare(b.Created)
		}
		return 0
	}), map[string]int{}}
}

func (c *Customer) displayName() string {
	return cmp.Or(strings.TrimSpace(c.FirstName+" "+c.LastName), c.Username)
}

// addAdministrator makes the first account, which every shop has and no list of customers shows.
func (s *Server) addAdministrator() {
	s.fileCustomer(&Customer{ID: take(&s.next.user), Email: "admin@shop.example", Username: "admin", Role: "administrator",
		Created: s.now(), Modified: s.now()}, "")
}

func (s *Server) fileCustomer(c *Customer, was string) {
	if was != "" {
		delete(s.customers.byMail, strings.ToLower(was))
	}
	s.customers.byMail[strings.ToLower(c.Email)] = c.ID
	s.customers.put(c)
}

func (c *call) listCustomers() (any, int, *failure) {
	w, f := c.readWindow([]string{"name", "id", "include", "registered_date"}, map[string]complaint{})
	if f != nil {
		return nil, 0, f
	}
	role, mail, search := cmp.Or(c.query.Get("role"), "customer"), strings.ToLower(c.query.Get("email")), fold(c.query.Get("search"))
	var found []*Customer
	for _, u := range c.s.customers.inOrder(w.orderBy) {
		// Date filters are ignored for customers: all come back (NOTES §3, golden 315).
		if w.includes != nil && !w.includes[u.ID] || w.excludes[u.ID] || role != "all" && u.Role != role ||
			mail != "" && strings.ToLower(u.Email) != mail ||
			search != "" && !strings.Contains(fold(u.Email+" "+u.Username+" "+u.displayName()), search) {
			continue
		}
		found = append(found, u)
	}
	if w.descending {
		slices.Reverse(found)
	}
	c.totals(len(found), &w)
	from, to := w.cut(len(found))
	out := make([]object, 0, to-from)
	for _, u := range found[from:to] {
		out = append(out, c.customerJSON(u))
	}
	return out, http.StatusOK, nil
}

func (c *call) getCustomer() (any, int, *failure) {
	u, f := c.customer(c.ids[0])
	if f != nil {
		return nil, 0, f
	}
	return c.customerJSON(u), http.StatusOK, nil
}

func (c *call) customer(id int) (*Customer, *failure) {
	if u := c.s.customers.byID[id]; u != nil {
		return u, nil
	}
	if c.s.hpos() {
		return nil, fail(http.StatusNotFound, "wc_user_invalid_id", "Invalid user ID.")
	}
	return nil, fail(http.StatusNotFound, "woocommerce_rest_invalid_id", "Invalid resource ID.")
}

func (c *call) createCustomer() (any, int, *failure) {
	if _, ok := sent(c.body, "email"); !ok {
		return nil, 0, missing("email")
	}
	if f := c.validate(customerRules()); f != nil {
		return nil, 0, f
	}
	u, f := c.newCustomer(c.body)
	if f != nil {
		return nil, 0, f
	}
	c.header.Set("Location", c.url("customers", u.ID))
	return c.customerJSON(u), http.StatusCreated, nil
}

func (c *call) newCustomer(body object) (*Customer, *failure) {
	s, mail := c.s, cleanLine(text(body["email"]))
	switch {
	case mail == "":
		return nil, fail(http.StatusBadRequest, "registration-error-invalid-email", "Please provide a valid email address.")
	case !looksLikeMail(mail):
		return nil, fail(http.StatusBadRequest, "customer_invalid_email", "Invalid email address")
	case s.customers.byMail[strings.ToLower(mail)] != 0:
		message := `An account is already registered with your email address. <a href="#" class="showlogin">Please log in.</a>`
		if s.hpos() {
			message = "An account is already registered with " + mail + ". Please log in or use a different email address."
		}
		return nil, fail(http.StatusBadRequest, "registration-error-email-exists", message)
	}
	name := cleanLine(text(body["username"]))
	if name != "" && s.nameTaken(name) {
		return nil, fail(http.StatusBadRequest, "registration-error-username-exists",
			"An account is already registered with that username. Please choose another.")
	}
	if name == "" {
		name = s.freeName(mail)
	}
	now := s.now()
	u := &Customer{ID: take(&s.next.user), Email: mail, Username: name, Role: "customer", Created: now, Modified: now}
	s.applyCustomer(u, body)
	if s.hpos() && text(body["password"]) == "" {
		u.Meta = append(u.Meta, Meta{take(&s.next.meta), "default_password_nag", "1"})
	}
	s.fileCustomer(u, "")
	return u, nil
}

func (s *Server) nameTaken(name string) bool {
	for _, u := range s.customers.byID {
		if fold(u.Username) == fold(name) {
			return true
		}
	}
	return false
}

func (s *Server) freeName(mail string) string {
	local, _, _ := strings.Cut(strings.ToLower(mail), "@")
	free := local
	for n := 2; s.nameTaken(free); n++ {
		free = local + strconv.Itoa(n)
	}
	return free
}

func (s *Server) applyCustomer(u *Customer, body object) {
	set(body, "first_name", &u.FirstName, cleanLine)
	set(body, "last_name", &u.LastName, cleanLine)
	if v, ok := body["billing"].(object); ok {
		u.Billing.apply(v)
	}
	if v, ok := body["shipping"].(object); ok {
		u.Shipping.apply(v)
	}
	if v, ok := sent(body, "meta_data"); ok {
		u.Meta = s.setMeta(u.Meta, v)
	}
}

func (c *call) updateCustomer() (any, int, *failure) {
	if f := c.validate(customerRules()); f != nil {
		return nil, 0, f
	}
	u, f := c.changeCustomer(c.id(), c.body)
	if f != nil {
		return nil, 0, f
	}
	return c.customerJSON(u), http.StatusOK, nil
}

func (c *call) changeCustomer(id int, body object) (*Customer, *failure) {
	u, f := c.customer(id)
	if f != nil {
		return nil, f
	}
	was := u.Email
	if v, ok := sent(body, "email"); ok {
		mail := cleanLine(text(v))
		if holder := c.s.customers.byMail[strings.ToLower(mail)]; !looksLikeMail(mail) || holder != 0 && holder != u.ID {
			return nil, fail(http.StatusBadRequest, "woocommerce_rest_customer_invalid_email", "Email address is invalid.")
		}
		u.Email = mail
	}
	c.s.applyCustomer(u, body)
	u.Modified = c.s.now()
	c.s.fileCustomer(u, was)
	return u, nil
}

func (c *call) deleteCustomer() (any, int, *failure) {
	if !c.flag("force") {
		return nil, 0, fail(http.StatusNotImplemented, "woocommerce_rest_trash_not_supported", "Customers do not support trashing.")
	}
	return c.removeCustomer(c.ids[0])
}

// removeCustomer deletes an account; its orders become a guest's (golden 661).
func (c *call) removeCustomer(id int) (any, int, *failure) {
	u, f := c.customer(id)
	if f != nil {
		return nil, 0, f
	}
	answer := c.customerJSON(u)
	answer["_links"] = object{"self": []object{{"href": c.url("customers", u.ID)}}, "collection": []object{{"href": c.url("customers")}}}
	c.s.customers.drop(u.ID)
	delete(c.s.customers.byMail, strings.ToLower(u.Email))
	for _, o := range c.s.orders.byID {
		if o.CustomerID == u.ID {
			o.CustomerID = 0
		}
	}
	return answer, http.StatusOK, nil
}

func (c *call) batchCustomers() (any, int, *failure) {
	return c.runBatch(batchOf{
		create: func(body object) (object, *failure) {
			u, f := c.newCustomer(body)
			if f != nil {
				return nil, f
			}
			return c.customerJSON(u), nil
		},
		update: func(id int, body object) (object, *failure) {
			u, f := c.changeCustomer(id, body)
			if f != nil {
				return nil, f
			}
			return c.customerJSON(u), nil
		},
		remove: func(id int) (object, *failure) { return first(c.removeCustomer(id)) },
	})
}

func customerRules() map[string]rule {
	address := rule{kind: "object", mail: true}
	return map[string]rule{"email": isText, "first_name": isText, "last_name": isText, "username": isText, "password": isText,
		"billing": address, "shipping": address, "meta_data": {kind: "array", of: map[string]rule{"id": isInteger, "key": isText}}}
}

func (c *call) customerJSON(u *Customer) object {
	sum := sha256.Sum256([]byte(strings.ToLower(u.Email)))
	o := object{"id": u.ID, "email": u.Email, "first_name": u.FirstName, "last_name": u.LastName, "role": u.Role, "username": u.Username,
		"billing": u.Billing.json(true), "shipping": u.Shipping.json(false), "is_paying_customer": u.Paying,
		"avatar_url": "https://secure.gravatar.com/avatar/" + hex.EncodeToString(sum[:]) + "?s=96&d=mm&r=g",
		"meta_data":  metaJSON(u.Meta, false), "_links": c.links(c.url("customers", u.ID), c.url("customers"), all()...)}
	c.s.putDate(o, "date_created", u.Created)
	c.s.putDate(o, "date_modified", u.Modified)
	return o
}
