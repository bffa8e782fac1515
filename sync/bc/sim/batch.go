package sim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxBatch is BC's limit of operations in one $batch (limits.json).
const maxBatch = 100

// batchPart is one request of a $batch.
type batchPart struct {
	ID        *string           `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// batch answers POST $batch (NOTES section 3, $batch): outer 200; stops at the first failure unless told otherwise;
// Isolation: snapshot takes everything back, though the answers before the failure still say 201.
func (s *Server) batch(c *call) *reply {
	var in struct {
		Requests []batchPart `json:"requests"`
	}
	if err := json.Unmarshal(c.body, &in); err != nil || in.Requests == nil {
		return s.refuse(malformed())
	}
	if len(in.Requests) > maxBatch {
		return s.refuse(&failure{http.StatusInternalServerError, "Internal_ServerError",
			"The current operation exceeded the maximum number of '100' query operations allowed in a batch."})
	}
	goOn := strings.Contains(strings.Join(c.header.Values("Prefer"), ","), "odata.continue-on-error")
	snapshot := strings.EqualFold(c.header.Get("Isolation"), "snapshot")
	all := &tx{}
	failed := map[string]bool{}
	anyFailed := false
	var answers [][]byte
	for _, p := range in.Requests {
		t := all
		if !snapshot {
			t = &tx{}
		}
		rep := s.batchOne(c, t, p, failed)
		answers = append(answers, rep.part(p.ID))
		if rep.status < 400 {
			continue
		}
		anyFailed = true
		if p.ID != nil {
			failed[*p.ID] = true
		}
		if !goOn {
			break
		}
	}
	if snapshot && anyFailed {
		all.rollback(0)
	}
	if s.opt.ReverseBatch {
		slices.Reverse(answers)
	}
	dst := []byte(`{"responses":[`)
	for i, a := range answers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, a...)
	}
	return &reply{http.StatusOK, jsonType, append(dst, "]}"...)}
}

func (s *Server) batchOne(outer *call, t *tx, p batchPart, failed map[string]bool) *reply {
	for _, id := range p.DependsOn {
		if failed[id] {
			return s.refuse(&failure{http.StatusFailedDependency, "BadRequest", "A request this one depends on has failed."})
		}
	}
	u, err := url.Parse(p.URL)
	if err != nil {
		return s.refuse(syntaxError())
	}
	header := http.Header{}
	for k, v := range p.Headers {
		header.Set(k, v)
	}
	if header.Get("Accept-Language") == "" {
		header.Set("Accept-Language", outer.header.Get("Accept-Language"))
	}
	// Addresses are relative to the API's root; a full path or address of this server is understood too.
	path := strings.TrimPrefix(u.EscapedPath(), "/"+s.opt.Instance+"/api/v2.0")
	if strings.HasPrefix(strings.Trim(path, "/"), "$batch") {
		return s.refuse(badRequest("BadRequest", "A batch cannot hold a batch."))
	}
	return s.run(&call{strings.ToUpper(p.Method), path, u.Query(), header, p.Body}, t)
}

// part is the answer as one element of responses.
func (r *reply) part(id *string) []byte {
	dst := []byte(`{"id":`)
	if id == nil {
		dst = append(dst, "null"...)
	} else {
		dst = appendJSON(dst, *id)
	}
	dst = strconv.AppendInt(append(dst, `,"status":`...), int64(r.status), 10)
	dst = append(dst, `,"headers":{"odata-version":"4.0"`...)
	if r.contentType != "" {
		dst = append(dst, `,"content-type":`...)
		dst = appendJSON(dst, r.contentType)
	}
	dst = append(dst, '}')
	if len(r.body) > 0 {
		dst = append(dst, `,"body":`...)
		if strings.HasPrefix(r.contentType, "application/json") {
			dst = append(dst, r.body...)
		} else {
			dst = appendJSON(dst, string(r.body))
		}
	}
	return append(dst, '}')
}
