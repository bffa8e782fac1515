package ipc

import (
	"context"
	"time"

	"stockbridge/sync/record"
)

// Audited answers for the audit trail: who did what to which record, and why.
type Audited interface {
	// Audit returns entries, newest first.
	Audit(ctx context.Context, r AuditRequest) ([]AuditEntry, error)
	// VerifyAudit checks the trails of all connections, those that were removed among them.
	VerifyAudit(ctx context.Context) (AuditReport, error)
}

// AuditRequest searches the audit trails. Empty fields mean any.
type AuditRequest struct {
	Connection string      `json:"connection,omitempty"`
	Kind       record.Kind `json:"kind,omitempty"`
	Key        string      `json:"key,omitempty"` // a SKU, an order's number or a person's e-mail address
	Since      time.Time   `json:"since,omitzero"`
	Limit      int         `json:"limit,omitempty"` // 0 is 100
}

// AuditEntry is one entry of a trail.
type AuditEntry struct {
	Connection string       `json:"connection"`
	Seq        uint64       `json:"seq"` // counts from 1 within the connection
	At         time.Time    `json:"at"`
	Who        AuditWho     `json:"who"`
	What       string       `json:"what"` // create, update, link, mark; approve, pause and so on; the trail's own: recover, broken, checkpoint
	Kind       record.Kind  `json:"kind,omitempty"`
	Key        string       `json:"key,omitempty"`
	Ref        string       `json:"ref,omitempty"`    // the owner's id
	To         string       `json:"to,omitempty"`     // the other side's id
	Number     string       `json:"number,omitempty"` // what the other side calls it
	Why        string       `json:"why,omitempty"`
	Fields     []AuditField `json:"fields,omitempty"`
	Erased     bool         `json:"erased,omitempty"` // its personal values can't be read any more
}

// AuditWho is who did something: a flow of an installation, or a person.
type AuditWho struct {
	Flow         record.Kind `json:"flow,omitempty"`
	Installation string      `json:"installation,omitempty"`
	Account      string      `json:"account,omitempty"`
	Role         string      `json:"role,omitempty"`
}

// AuditField is one value. A field that isn't listed was empty, or stayed as it was.
type AuditField struct {
	Name     string  `json:"name"`
	Value    string  `json:"value"`
	From     *string `json:"from,omitempty"` // the value before, where it was known
	Personal bool    `json:"personal,omitempty"`
	Digest   string  `json:"digest,omitempty"` // of a personal value: salted SHA-256
}

// AuditReport is what a verification of all trails found.
type AuditReport struct {
	Connections []AuditCheck `json:"connections"`
}

// AuditCheck is what a verification of one connection's trail found.
type AuditCheck struct {
	Name    string `json:"name"`
	Entries int    `json:"entries"`
	OK      bool   `json:"ok"`
	Torn    int    `json:"torn,omitempty"`  // lines that crashes cut off; they are told of in the trail and are no fault
	Fault   *Fault `json:"fault,omitempty"` // the first break, with its place
}

// Audit searches the audit trails, newest first.
func (c *Client) Audit(ctx context.Context, r AuditRequest) ([]AuditEntry, error) {
	return post[[]AuditEntry](ctx, c, "audit", r)
}

// VerifyAudit checks all audit trails.
func (c *Client) VerifyAudit(ctx context.Context) (AuditReport, error) {
	return post[AuditReport](ctx, c, "audit/verify", nil)
}
