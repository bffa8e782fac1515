package ipc

import (
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockbridge/sync/record"
)

func TestAuditOverTheSocket(t *testing.T) {
	dir, _ := serve(t, newTestServer(echo(), io.Discard))
	c := NewClient(dir)
	defer c.Close()
	day := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	got, err := c.Audit(t.Context(), AuditRequest{Connection: "a", Kind: record.KindOrder, Key: "1001", Since: day, Limit: 7})
	want := []AuditEntry{{Connection: "a", Seq: 7, At: day, Kind: record.KindOrder, Key: "1001"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
	report, err := c.VerifyAudit(t.Context())
	if diff := cmp.Diff(AuditReport{Connections: []AuditCheck{{Name: "a", OK: true}}}, report); err != nil || diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
}
