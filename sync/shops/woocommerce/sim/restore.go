package sim

// Backup is a copy of the shop's products and orders as its database held them at one moment.
type Backup struct {
	products []Product
	orders   []Order
	next     counters
}

// Backup copies the shop as it is now.
func (s *Server) Backup() *Backup {
	b := &Backup{products: s.Products(), orders: s.Orders()}
	s.mu.Lock()
	defer s.mu.Unlock()
	b.next = s.next
	return b
}

// Restore puts the shop back to what it was: the next numbers are given a second time.
func (s *Server) Restore(b *Backup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.empty()
	s.next = b.next
	for i := range b.products {
		p := b.products[i].copied()
		s.catalogue.file(&p, "")
	}
	for i := range b.orders {
		o := s.orderCopy(&b.orders[i])
		s.orders.put(&o)
	}
}

// Empty deletes all products and orders for good.
func (s *Server) Empty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.empty()
}

func (s *Server) empty() { s.catalogue, s.orders = newCatalogue(), newOrderBook() }

// Reinstall gives the shop another id, as a new installation has. What it holds stays.
func (s *Server) Reinstall(storeID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.StoreID = storeID
}
