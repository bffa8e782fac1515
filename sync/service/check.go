package service

import (
	"context"
	"slices"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
)

// Test implements ipc.ConnectionAdmin: both sides are tried, whatever is wrong with the other. Nothing is written.
func (s *Service) Test(ctx context.Context, name string) (ipc.TestAnswer, error) {
	c, err := s.one(name)
	if err != nil {
		return ipc.TestAnswer{}, err
	}
	answer := ipc.TestAnswer{Connection: name, Sides: []ipc.SideTest{}}
	tested := c.test(ctx)
	bc, shop := tested[0], &tested[1]
	if bc.OK && shop.OK && bc.facts.Currency != shop.facts.Currency && !c.conf.Flows.Prices.Off {
		shop.OK = false
		shop.Fault = ipc.FaultOf(fault.New("shop.currency", fault.Args{"shop": shop.facts.Currency, "bc": bc.facts.Currency}))
	}
	for _, t := range tested {
		answer.Sides = append(answer.Sides, t.SideTest)
	}
	if !slices.ContainsFunc(answer.Sides, func(t ipc.SideTest) bool { return !t.OK }) {
		c.forget() // what stopped the connection may be over
	}
	return answer, nil
}

// tested is what came of testing one side.
type tested struct {
	ipc.SideTest
	facts endpoint.Facts
}

// test opens and checks both sides with clients of their own, beside a run under way: first Business Central, then the
// shop.
func (c *connection) test(ctx context.Context) []tested {
	check := func(name string, s *side, err error) tested {
		var f endpoint.Facts
		if err == nil {
			defer s.client.Close()
			f, err = s.Check(ctx)
		}
		return tested{sideTest(name, f, err), f}
	}
	bc, err := c.s.openBC(c.conf)
	out := []tested{check("bc", bc, err)}
	shop, err := c.s.openShop(c.conf, c.platform)
	return append(out, check("shop", shop, err))
}

func sideTest(side string, f endpoint.Facts, err error) ipc.SideTest {
	t := ipc.SideTest{Side: side, OK: err == nil, System: f.System, Version: f.Version, Company: f.Company, Fault: ipc.FaultOf(err)}
	for _, n := range f.Notes {
		mark := "ok: "
		if !n.OK {
			mark = "note: "
		}
		t.Notes = append(t.Notes, mark+n.Text)
	}
	return t
}
