package ipc

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"stockbridge/sync/record"
)

// route is one call: its method and path, the least role it needs, and what it does. handle writes the answer, or
// returns an error before it has written anything.
type route struct {
	pattern string
	role    Role
	handle  func(http.ResponseWriter, *http.Request) error
}

// routes lists every call. What shows customers' data or reaches out to a side needs an operator; what changes the
// installation needs an administrator.
func (s *Server) routes() []route {
	b := s.backend
	return []route{
		{"GET /v1/status", RoleViewer, s.status},
		{"GET /v1/watch", RoleViewer, s.watch},
		{"GET /v1/problems", RoleViewer, s.problems},
		{"GET /v1/connections", RoleViewer, ask(b.Connections)},

		{"POST /v1/sync", RoleOperator, s.sync},
		{"POST /v1/pause", RoleOperator, tell(b.Pause)},
		{"POST /v1/resume", RoleOperator, tell(b.Resume)},
		{"POST /v1/plan", RoleOperator, answer(func(ctx context.Context, r PlanRequest) (PlanAnswer, error) {
			if err := checkKinds(record.Kinds(), r.Kinds...); err != nil {
				return PlanAnswer{}, err
			}
			return b.Plan(ctx, r)
		})},
		{"POST /v1/problems/{action}", RoleOperator, s.act},
		{"POST /v1/explain", RoleOperator, answer(func(ctx context.Context, r ExplainRequest) (Explanation, error) {
			if err := checkKinds(allKinds(), r.Kind); err != nil {
				return Explanation{}, err
			}
			return b.Explain(ctx, r)
		})},
		{"POST /v1/journal", RoleOperator, answer(b.Journal)},
		{"POST /v1/journal/send", RoleOperator, tell(func(ctx context.Context, r ProblemRequest) error { return b.Send(ctx, r.ID) })},
		{"POST /v1/reconcile", RoleOperator, s.reconcile},
		{"POST /v1/connections/{name}/test", RoleOperator, named(b.Test)},
		{"POST /v1/doctor", RoleOperator, ask(b.Doctor)},

		{"GET /v1/connections/{name}", RoleAdministrator, named(b.Export)},
		{"POST /v1/connections", RoleAdministrator, answer(b.Import)},
		{"DELETE /v1/connections/{name}", RoleAdministrator, named(func(ctx context.Context, name string) (struct{}, error) {
			return struct{}{}, b.Remove(ctx, name)
		})},
		{"GET /v1/secrets", RoleAdministrator, ask(b.Secrets)},
		{"POST /v1/secrets", RoleAdministrator, tell(b.SetSecret)},
		{"DELETE /v1/secrets", RoleAdministrator, tell(b.RemoveSecret)},
		{"POST /v1/backup", RoleAdministrator, tell(b.Backup)},
		{"POST /v1/journal/erase", RoleAdministrator, answer(b.Erase)},
		{"POST /v1/audit", RoleAdministrator, answer(b.Audit)},
		{"POST /v1/audit/verify", RoleAdministrator, ask(b.VerifyAudit)},
	}
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) error {
	status := s.backend.Status(r.Context())
	status.Role = CallerOf(r.Context()).Role
	return writeJSON(w, status)
}

func (s *Server) problems(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	kind := record.Kind(q.Get("kind"))
	if kind != "" {
		if err := checkKinds(allKinds(), kind); err != nil {
			return err
		}
	}
	list, err := s.backend.Problems(r.Context(), q.Get("connection"), kind)
	if err != nil {
		return err
	}
	return writeJSON(w, list)
}

func (s *Server) act(w http.ResponseWriter, r *http.Request) error {
	action := Action(r.PathValue("action"))
	if !slices.Contains([]Action{ActionRetry, ActionSkip, ActionApprove}, action) {
		return badRequest("There is no action " + show(string(action)) + "; allowed: retry, skip, approve.")
	}
	var in ProblemRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if err := s.backend.Act(r.Context(), action, in); err != nil {
		return err
	}
	return writeJSON(w, struct{}{})
}

// reconcile needs more than its route when it is to repair.
func (s *Server) reconcile(w http.ResponseWriter, r *http.Request) error {
	var in ReconcileRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if caller := CallerOf(r.Context()); in.Repair && !caller.Role.Allows(RoleAdministrator) {
		return denied(RoleAdministrator, caller.Role)
	}
	out, err := s.backend.Reconcile(r.Context(), in)
	if err != nil {
		return err
	}
	return writeJSON(w, out)
}

// allKinds are the kinds a record may be asked about.
func allKinds() []record.Kind {
	return append(record.Kinds(), record.KindShopper, record.KindInvoice, record.KindMark, record.KindConnection)
}

func checkKinds(allowed []record.Kind, kinds ...record.Kind) error {
	for _, k := range kinds {
		if !slices.Contains(allowed, k) {
			words := make([]string, len(allowed))
			for i, a := range allowed {
				words[i] = string(a)
			}
			return badRequest("There is no kind " + show(string(k)) + "; allowed: " + strings.Join(words, ", ") + ".")
		}
	}
	return nil
}
