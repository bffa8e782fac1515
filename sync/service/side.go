package service

import (
	"context"
	"fmt"
	"runtime/debug"

	"stockbridge/store/secret"
	"stockbridge/sync/bc"
	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/shops"
	"stockbridge/sync/web"
)

// side is one system of a connection: its connector with the client under it. It is an endpoint.Endpoint on which a
// panic of the connector becomes a fault (bug.panic): the engine calls it from goroutines of its own, where a panic
// would end the process and with it every other connection.
type side struct {
	name      string // "bc" or "shop"; every fault it returns carries it
	connector endpoint.Endpoint
	client    *web.Client
	limits    endpoint.Limits
	facts     endpoint.Facts // of the last check
}

var _ endpoint.Endpoint = (*side)(nil)

// Check implements endpoint.Endpoint.
func (s *side) Check(ctx context.Context) (f endpoint.Facts, err error) {
	defer s.names(&err)
	defer caught(&err)
	return s.connector.Check(ctx)
}

// Read implements endpoint.Endpoint.
func (s *side) Read(ctx context.Context, q record.Query) (p endpoint.Page, err error) {
	defer s.names(&err)
	defer caught(&err)
	return s.connector.Read(ctx, q)
}

// Write implements endpoint.Endpoint.
func (s *side) Write(ctx context.Context, changes []record.Change) (results []endpoint.Result) {
	var err error
	defer func() {
		if err != nil {
			results = make([]endpoint.Result, len(changes))
			for i := range results {
				results[i].Err = err
			}
		}
		for i := range results {
			s.names(&results[i].Err)
		}
	}()
	defer caught(&err)
	return s.connector.Write(ctx, changes)
}

// names says in a fault at which side it arose. It must be deferred before caught.
func (s *side) names(err *error) { *err = fault.At(*err, s.name) }

// caught turns a panic into a fault with its stack as the cause. It must be deferred itself.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = fault.Wrap(fmt.Errorf("%v\n%s", p, debug.Stack()), "bug.panic", nil)
	}
}

// sides are both systems of a connection.
type sides struct {
	bc, shop *side
	recognition
}

// calls is how many requests each side has had.
func (s *sides) calls() (bcCalls, shopCalls int64) { return s.bc.client.Calls(), s.shop.client.Calls() }

// redactor takes both sides' secrets out of what the journal is to hold.
func (s *sides) redactor() func([]byte) []byte {
	ofBC, ofShop := s.bc.client.Redactor(), s.shop.client.Redactor()
	return func(text []byte) []byte { return ofShop(ofBC(text)) }
}

// answered lists the sides that answered something since an earlier count, and returns the count of now.
func (s *sides) answered(since [2]int64) (names []string, now [2]int64) {
	for i, one := range []*side{s.bc, s.shop} {
		if now[i] = one.client.Answers(); now[i] > since[i] {
			names = append(names, one.name)
		}
	}
	return names, now
}

func (s *sides) close() {
	s.bc.client.Close()
	s.shop.client.Close()
}

// openSides makes both clients. It reaches nobody.
func (s *Service) openSides(conf settings.Connection, p shops.Platform) (*sides, error) {
	b, err := s.openBC(conf)
	if err != nil {
		return nil, fault.At(err, "bc")
	}
	shop, err := s.openShop(conf, p)
	if err != nil {
		b.client.Close()
		return nil, fault.At(err, "shop")
	}
	return &sides{bc: b, shop: shop}, nil
}

func (s *Service) openBC(conf settings.Connection) (*side, error) {
	o, err := bc.Options(conf, secret.Lookup(s.ctx, s.keys, conf.Name))
	if err != nil {
		return nil, err
	}
	client, err := s.client(o)
	if err != nil {
		return nil, err
	}
	return &side{name: "bc", connector: bc.New(conf, client), client: client, limits: bc.Limits(conf)}, nil
}

func (s *Service) openShop(conf settings.Connection, p shops.Platform) (*side, error) {
	o, err := p.Options(conf, secret.Lookup(s.ctx, s.keys, conf.Name))
	if err != nil {
		return nil, err
	}
	client, err := s.client(o)
	if err != nil {
		return nil, err
	}
	return &side{name: "shop", connector: p.New(conf, client), client: client, limits: p.Limits(conf)}, nil
}

func (s *Service) client(o web.Options) (*web.Client, error) {
	o.Journal, o.Now, o.Version, o.Hurry = s.journals, s.now, s.opts.Version, s.opts.Hurry
	if s.opts.Transport != nil {
		o.Transport = s.opts.Transport(o.Side)
	}
	return web.New(o)
}
