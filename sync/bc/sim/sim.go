// Package sim is a Business Central server (API v2.0) in memory, for tests and the demo: the entity sets a connector
// needs, with the shapes, refusals and traps that contracts/business-central/NOTES.md collects.
//
// A Server is an http.Handler; put it behind sync/sim's Serve, Transport and Faults. State is in maps behind one
// mutex, a request is one transaction, and every amount is a decimal (github.com/govalues/decimal). Row ids come
// from github.com/google/uuid over a seeded source, so that a run can be repeated.
package sim

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Options are a server's settings. All but Instance, LCY, Country and Seed can be changed later with Change.
type Options struct {
	Instance string           // URL segment; "" is "BC"
	Tenant   string           // when set, every call needs ?tenant=
	User     string           // Basic sign-in; "" lets everybody in
	Key      string           // web service access key of User
	Now      func() time.Time // nil: time.Now
	MaxPage  int              // ODataServicesMaxPageSize; 0 is 20000
	MaxURL   int              // bytes of path and query; 0 is 16384, http.sys's limit
	Version  string           // serve only what that version has; "" is "26.0"
	LCY      string           // local currency; "" is "EUR"
	Country  string           // the companies' own; "" is "NL"
	Public   string           // the server's own view of its address, as in nextLink; "" is "http://bcserver:7048"
	Seed     uint64           // of the row ids

	Disabled           bool     // ApiServicesEnabled is false: 405
	NotSetUp           bool     // nobody ran API Setup, Integrate APIs
	PlainUnauthorized  bool     // 401 without JSON, as http.sys answers
	Denied             []string // missing rights, such as "TableData 36 Sales Header Insert"
	Wildcards          bool     // $filter eq on text reads * ? .. | & @ as AL does
	PageOrder          bool     // values are validated in the page's order, not in that of the JSON
	ReverseBatch       bool     // $batch answers come in another order than the requests
	NoCustomerTemplate bool     // customers made through the API get no posting groups
	NoItemTemplate     bool     // items made through the API get no posting groups
	PreventNegative    bool     // posting more than is in stock is refused
	StrictPhone        bool     // telephone numbers may hold no letters
}

// Server is the simulated server.
type Server struct {
	mu        sync.Mutex
	opt       Options
	version   int
	schema    *schema
	ids       io.Reader
	companies *table
	list      []*Company // in the order they were added
	special   handlers
}

// New makes a server without companies. The error names a Version that is no number.
func New(o Options) (*Server, error) {
	sc, err := loadSchema()
	if err != nil {
		return nil, err
	}
	for _, d := range []struct {
		at   *string
		then string
	}{{&o.Instance, "BC"}, {&o.LCY, "EUR"}, {&o.Country, "NL"}} {
		if *d.at == "" {
			*d.at = d.then
		}
	}
	// Ids need no secrecy, but the same seed must give the same ones.
	var seed [32]byte
	for i := range 8 {
		seed[i] = byte(o.Seed >> (8 * i))
	}
	s := &Server{schema: sc, ids: rand.NewChaCha8(seed), companies: newTable(sc.sets["companies"])}
	s.special = s.handlers()
	return s, s.adopt(o)
}

func (s *Server) adopt(o Options) error {
	if o.Version == "" {
		o.Version = "26.0"
	}
	if o.MaxPage <= 0 {
		o.MaxPage = 20000
	}
	if o.MaxURL <= 0 {
		o.MaxURL = 16384
	}
	if o.Public == "" {
		o.Public = "http://bcserver:7048"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	v, err := release(o.Version)
	if err != nil {
		return err
	}
	s.opt, s.version = o, v
	return nil
}

// Change alters options while the server runs.
func (s *Server) Change(f func(*Options)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.opt
	f(&o)
	for _, c := range s.list {
		for _, t := range c.tables {
			for _, r := range t.sorted {
				r.etag = "" // the version decides which values are hashed
			}
		}
	}
	return s.adopt(o)
}

// now is the server's clock, to the millisecond as stamps are served.
func (s *Server) now() time.Time { return s.opt.Now().UTC().Truncate(time.Millisecond) }

func (s *Server) newID() string {
	id, err := uuid.NewRandomFromReader(s.ids)
	if err != nil {
		panic(fmt.Sprintf("a ChaCha8 source never ends: %v", err))
	}
	return id.String()
}

// call is one request, of HTTP or of a $batch. path is relative to the API's root and still escaped.
type call struct {
	method, path string
	query        url.Values
	header       http.Header
	body         []byte
}

// reply is its answer.
type reply struct {
	status      int
	contentType string
	body        []byte
}

const jsonType = "application/json; odata.metadata=minimal"

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Date", s.now().Format(http.TimeFormat))
	w.Header().Set("OData-Version", "4.0")
	if rep := s.gate(w, r); rep != nil {
		rep.write(w)
		return
	}
	root := "/" + s.opt.Instance + "/api/v2.0"
	c := &call{r.Method, strings.TrimPrefix(r.URL.EscapedPath(), root), r.URL.Query(), r.Header, body}
	if c.method == http.MethodPost && strings.Trim(c.path, "/") == "$batch" {
		s.batch(c).write(w)
		return
	}
	s.run(c, &tx{}).write(w)
}

// gate refuses what never reaches the API: a disabled service, a stranger, a wrong tenant or address.
func (s *Server) gate(w http.ResponseWriter, r *http.Request) *reply {
	root := "/" + s.opt.Instance + "/api/v2.0"
	path := r.URL.EscapedPath()
	user, key, _ := r.BasicAuth()
	switch {
	case len(r.URL.RequestURI()) > s.opt.MaxURL:
		return &reply{http.StatusRequestURITooLong, "text/html; charset=us-ascii", []byte("<h2>Request URL Too Long</h2>")}
	case path != root && !strings.HasPrefix(path, root+"/"):
		return &reply{http.StatusNotFound, "text/html; charset=us-ascii", []byte("<h2>Not Found</h2>")}
	case s.opt.Disabled:
		return &reply{status: http.StatusMethodNotAllowed}
	case s.opt.User != "" && (!strings.EqualFold(user, s.opt.User) || key != s.opt.Key):
		w.Header().Set("WWW-Authenticate", `Basic realm=""`)
		if s.opt.PlainUnauthorized {
			return &reply{http.StatusUnauthorized, "text/plain", []byte("Unauthorized")}
		}
		return s.refuse(&failure{http.StatusUnauthorized, "Authentication_InvalidCredentials",
			"The server has rejected the client credentials."})
	case s.opt.Tenant != "" && !strings.EqualFold(r.URL.Query().Get("tenant"), s.opt.Tenant):
		return s.refuse(&failure{http.StatusBadRequest, "Internal_TenantUnavailable",
			"The tenant '" + r.URL.Query().Get("tenant") + "' is not accessible."})
	}
	return nil
}

// run serves one call within a transaction; a failure undoes what the call did.
func (s *Server) run(c *call, t *tx) *reply {
	savepoint := len(t.undo)
	rep, err := s.serve(c, t)
	if err != nil {
		t.rollback(min(savepoint, len(t.undo)))
		return s.refuse(err)
	}
	return rep
}

func (s *Server) refuse(err error) *reply {
	f, ok := err.(*failure)
	if !ok {
		f = &failure{http.StatusInternalServerError, "Internal_ServerError", err.Error()}
	}
	return &reply{f.status, "application/json", f.body(s.newID())}
}

func (r *reply) write(w http.ResponseWriter) {
	if r.contentType != "" {
		w.Header().Set("Content-Type", r.contentType)
	}
	w.WriteHeader(r.status)
	if len(r.body) > 0 {
		_, _ = w.Write(r.body) // a caller that went away is its own trouble
	}
}
