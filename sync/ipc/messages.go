package ipc

import (
	"encoding/json"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// Version is the protocol's version; client and server must agree.
const Version = "1"

// State is what the tray icon shows.
type State string

// The states of the tray icon, in rising order of how much they ask for attention.
const (
	StateFine      State = "fine"      // all in step
	StateWorking   State = "working"   // a run is under way
	StatePaused    State = "paused"    // somebody paused it
	StateOffline   State = "offline"   // a side can't be reached; goes on by itself
	StateAttention State = "attention" // something waits for a person
	StateStopped   State = "stopped"   // the service doesn't answer; only a client says so
)

// Status is the whole board: what tray, window and `stockbridge status` show.
type Status struct {
	State       State              `json:"state"`
	Now         time.Time          `json:"now"`
	Version     string             `json:"version"`
	PID         int                `json:"pid"`
	Role        Role               `json:"role"` // the caller's own
	Connections []ConnectionStatus `json:"connections"`
}

// ConnectionStatus is one connection on the board.
type ConnectionStatus struct {
	Name     string       `json:"name"`
	State    State        `json:"state"`
	Company  string       `json:"company"`
	Platform string       `json:"platform"`
	ShopHost string       `json:"shop_host"`
	Paused   *time.Time   `json:"paused_until,omitempty"` // zero time inside: until resumed
	LastOK   time.Time    `json:"last_ok,omitzero"`       // last time every due flow finished
	Problems int          `json:"problems"`               // waiting for a person
	Fault    *Fault       `json:"fault,omitempty"`        // why the connection or a flow stands still
	Flows    []FlowStatus `json:"flows"`
	Running  *Progress    `json:"running,omitempty"`
	Sides    []SideStatus `json:"sides,omitempty"` // those out of reach; no flow runs while there is one
}

// SideStatus is a side that doesn't answer, or refuses us.
type SideStatus struct {
	Side  string    `json:"side"`  // bc, shop
	Since time.Time `json:"since"` // the first fault
	Next  time.Time `json:"next"`  // when it is asked again
	Tries int       `json:"tries"`
	Fault *Fault    `json:"fault"`
}

// FlowStatus is one flow's last and next run.
type FlowStatus struct {
	Kind    record.Kind `json:"kind"`
	Off     bool        `json:"off,omitempty"`
	Last    *Run        `json:"last,omitempty"`
	LastOK  time.Time   `json:"last_ok,omitzero"`
	Next    time.Time   `json:"next,omitzero"`
	Paused  *time.Time  `json:"paused_until,omitempty"` // by itself; zero time inside: until resumed
	Waiting int         `json:"waiting"`                // problems of this kind
	Fault   *Fault      `json:"fault,omitempty"`
}

// Run is what one run of one flow did.
type Run struct {
	Connection string      `json:"connection,omitempty"`
	Kind       record.Kind `json:"kind"`
	Started    time.Time   `json:"started"`
	Ended      time.Time   `json:"ended"`
	Read       int         `json:"read"`
	Written    int         `json:"written"`
	Linked     int         `json:"linked"`
	Unchanged  int         `json:"unchanged"`
	Held       int         `json:"held"`
	Rejected   int         `json:"rejected"`
	CallsBC    int64       `json:"calls_bc"`
	CallsShop  int64       `json:"calls_shop"`
	Fault      *Fault      `json:"fault,omitempty"`
}

// Progress is a run under way.
type Progress struct {
	Connection string      `json:"connection"`
	Kind       record.Kind `json:"kind"`
	Step       int         `json:"step"` // this flow is number Step of Steps
	Steps      int         `json:"steps"`
	Read       int         `json:"read"`
	Done       int         `json:"done"`  // records settled so far
	Total      int         `json:"total"` // records known so far; grows while pages come in
}

// Fault is a classified error on the wire: data for a translation, and the English sentence.
type Fault struct {
	Kind   fault.Kind `json:"kind"`
	Code   fault.Code `json:"code"`
	Args   fault.Args `json:"args,omitempty"`
	Text   string     `json:"text"`
	Detail string     `json:"detail,omitempty"`
	// More holds further faults that were found at the same time (several mistakes in one connection file).
	More []Fault `json:"more,omitempty"`
}

// Problem is a held or rejected record that waits for a person.
type Problem struct {
	ID         string      `json:"id"`
	Connection string      `json:"connection"`
	Kind       record.Kind `json:"kind"`
	Key        string      `json:"key"`
	Ref        string      `json:"ref"`
	Fault      Fault       `json:"fault"`
	First      time.Time   `json:"first"`
	Last       time.Time   `json:"last"`
	Tries      int         `json:"tries"`
	Next       time.Time   `json:"next,omitzero"` // when it is looked at again by itself
	Approvable bool        `json:"approvable,omitempty"`
	// Together: a guard stopped it with all others of its connection, kind and code, and they are approved together.
	// List names exactly what is approved with it: see ProblemRequest.
	Together bool            `json:"together,omitempty"`
	List     string          `json:"list,omitempty"`
	Actions  []ProblemAction `json:"actions"`
}

// What a person does about a problem elsewhere; the service is not told.
const (
	ActionOpen    Action = "open"    // look at the record's page on one side
	ActionSetting Action = "setting" // change a setting
)

// ProblemAction is one thing a person can do about a problem.
type ProblemAction struct {
	Action Action `json:"action"`
	Side   string `json:"side,omitempty"`  // of open: bc, shop
	URL    string `json:"url,omitempty"`   // of open: the record's page, on the connection's own hosts
	Field  string `json:"field,omitempty"` // of setting: what to change in the connection file
}

// SyncRequest asks for a run now. Empty fields mean all. It joins a run already under way.
type SyncRequest struct {
	Connection string        `json:"connection,omitempty"`
	Kinds      []record.Kind `json:"kinds,omitempty"`
}

// SyncEvent is one line of the answer to a SyncRequest: progress, or at the end the runs.
type SyncEvent struct {
	Progress *Progress `json:"progress,omitempty"`
	Runs     []Run     `json:"runs,omitempty"`
	Problems int       `json:"problems,omitempty"`
	Done     bool      `json:"done,omitempty"`
	Fault    *Fault    `json:"fault,omitempty"`
}

// PauseRequest pauses or resumes a connection, or all; with Kinds only these flows. A zero Until means until resumed.
type PauseRequest struct {
	Connection string        `json:"connection,omitempty"`
	Kinds      []record.Kind `json:"kinds,omitempty"`
	Until      time.Time     `json:"until,omitzero"`
}

// PlanRequest asks for a dry run.
type PlanRequest struct {
	Connection string        `json:"connection,omitempty"`
	Kinds      []record.Kind `json:"kinds,omitempty"`
}

// Planned is one line of a dry run.
type Planned struct {
	Connection string      `json:"connection"`
	Kind       record.Kind `json:"kind"`
	Key        string      `json:"key"`
	Action     string      `json:"action"` // create, update, link, hold, none
	Before     string      `json:"before,omitempty"`
	After      string      `json:"after,omitempty"`
	Fault      *Fault      `json:"fault,omitempty"`
}

// PlanAnswer is a dry run: every create, change and hold; unchanged records are only counted.
type PlanAnswer struct {
	Planned   []Planned `json:"planned"`
	Unchanged int       `json:"unchanged"`
}

// ProblemRequest names a problem. Action is the path: retry, skip, approve.
//
// List, of the problem as it was shown, binds an approval to what was held together then: when that has changed since,
// the answer is problem.list_changed and nothing goes on. "" approves what is held together now.
type ProblemRequest struct {
	ID   string `json:"id"`
	List string `json:"list,omitempty"`
}

// ExplainRequest asks why a record did or did not sync.
type ExplainRequest struct {
	Connection string      `json:"connection"`
	Kind       record.Kind `json:"kind"`
	Key        string      `json:"key"`
	Live       bool        `json:"live,omitempty"` // read both sides now
}

// Explanation is the answer.
type Explanation struct {
	Connection string      `json:"connection"`
	Kind       record.Kind `json:"kind"`
	Key        string      `json:"key"`
	Ref        string      `json:"ref,omitempty"` // the owner's id
	To         string      `json:"to,omitempty"`  // the other side's id
	State      string      `json:"state"`         // agreed, held, skipped, unknown
	Live       bool        `json:"live,omitempty"`
	Steps      []string    `json:"steps"`    // the decision, rule by rule
	Rules      []Rule      `json:"rules"`    // the settings that count for it
	Read       []Fact      `json:"read"`     // what its owner had, and what was found at the other side
	Wanted     []Fact      `json:"wanted"`   // what the other side is to have
	Agreed     []Fact      `json:"agreed"`   // what both sides last agreed on
	Sent       []Fact      `json:"sent"`     // what was sent, the newest first
	Answered   []Fact      `json:"answered"` // what came back, the newest first
	Missing    []string    `json:"missing"`  // what stands in the way, or what to check
	Problem    *Problem    `json:"problem,omitempty"`
	Exchanges  []Exchange  `json:"exchanges,omitempty"` // last journal entries that name it
}

// Rule is one setting with its value.
type Rule struct {
	Setting string `json:"setting"` // "[flows.stock] buffer"
	Value   string `json:"value"`
}

// Fact is one thing that is known, in words and value by value.
type Fact struct {
	At     time.Time         `json:"at,omitzero"`
	Text   string            `json:"text"`
	Fields map[string]string `json:"fields,omitempty"` // "billing.city": "Utrecht"
	Entry  string            `json:"entry,omitempty"`  // the journal's entry that holds it
}

// Erasure is the answer to erasing a person.
type Erasure struct {
	Entries int `json:"entries"` // of the journal
	State   int `json:"state"`   // problems and runs whose sentences named the person
	// Audit says that the audit trail held values about the person, and that nobody can read them any more.
	Audit bool `json:"audit"`
}

// EraseRequest names a person.
type EraseRequest struct {
	Email string `json:"email"`
}

// JournalRequest searches the journal. Empty fields mean any.
type JournalRequest struct {
	ID         string      `json:"id,omitempty"`
	Connection string      `json:"connection,omitempty"`
	Kind       record.Kind `json:"kind,omitempty"`
	Key        string      `json:"key,omitempty"`
	Since      time.Time   `json:"since,omitzero"`
	Limit      int         `json:"limit,omitempty"` // 0 is 100
}

// Exchange is one request and its answer, redacted.
type Exchange struct {
	ID         string      `json:"id"`
	At         time.Time   `json:"at"`
	Connection string      `json:"connection"`
	Side       string      `json:"side"` // bc, shop
	Kind       record.Kind `json:"kind,omitempty"`
	Keys       []string    `json:"keys,omitempty"`
	Method     string      `json:"method"`
	Path       string      `json:"path"`
	Status     int         `json:"status"` // 0: no answer
	Took       int64       `json:"took_ms"`
	Request    string      `json:"request,omitempty"`
	Response   string      `json:"response,omitempty"`
	Error      string      `json:"error,omitempty"`
	// Call is what it was part of; Records, for one entry asked for by its id, what was decided and answered in it.
	Call    string            `json:"call,omitempty"`
	Records []json.RawMessage `json:"records,omitempty"`
}

// Connections is the answer to a list of connections; one is shown or exported as TOML.
type Connections struct {
	Names []string `json:"names"`
}

// ConnectionFile carries one connection as TOML text.
type ConnectionFile struct {
	Name string `json:"name,omitempty"`
	TOML string `json:"toml,omitempty"`
}

// TestAnswer is the answer to a connection test.
type TestAnswer struct {
	Connection string     `json:"connection"`
	Sides      []SideTest `json:"sides"`
}

// SideTest is what testing one side found.
type SideTest struct {
	Side    string   `json:"side"`
	OK      bool     `json:"ok"`
	System  string   `json:"system,omitempty"`
	Version string   `json:"version,omitempty"`
	Company string   `json:"company,omitempty"`
	Notes   []string `json:"notes,omitempty"`
	Fault   *Fault   `json:"fault,omitempty"`
}

// SecretRequest sets or removes a secret. No answer ever holds a Value.
type SecretRequest struct {
	Connection string `json:"connection"`
	Side       string `json:"side"`
	Field      string `json:"field"`
	Value      string `json:"value,omitempty"`
}

// String hides the secret from every log and error (invariant 7).
func (r SecretRequest) String() string {
	return r.Connection + " " + r.Side + " " + r.Field + " •••"
}

// GoString implements fmt.GoStringer.
func (r SecretRequest) GoString() string { return r.String() }

// SecretNames lists the secrets that are set, as "connection side field".
type SecretNames struct {
	Names []string `json:"names"`
}

// ReconcileRequest asks for a comparison of both sides' own contents.
type ReconcileRequest struct {
	Connection string `json:"connection"`
	Repair     bool   `json:"repair,omitempty"`
}

// Reconciliation is every difference between the two sides.
type Reconciliation struct {
	Connection  string              `json:"connection"`
	Checked     map[record.Kind]int `json:"checked"`
	Equal       map[record.Kind]int `json:"equal"`
	Differences []Difference        `json:"differences"`
	Repaired    int                 `json:"repaired"`
}

// Difference is one record the sides disagree on.
type Difference struct {
	Kind record.Kind `json:"kind"`
	Key  string      `json:"key"`
	What string      `json:"what"` // only in BC, only in the shop, differs
	BC   string      `json:"bc,omitempty"`
	Shop string      `json:"shop,omitempty"`
	Why  string      `json:"why,omitempty"` // a known problem's sentence
}

// DoctorAnswer is everything a support call would ask.
type DoctorAnswer struct {
	Checks []DoctorCheck `json:"checks"`
}

// DoctorCheck is one question and its answer.
type DoctorCheck struct {
	Area string `json:"area"` // service, data folder, keychain, connection name …
	OK   bool   `json:"ok"`
	Text string `json:"text"`
}

// FileRequest names a file on the service's machine, for backup.
type FileRequest struct {
	Path string `json:"path"`
	// Move ends the work here once the file is written: it goes on where the file is restored.
	Move bool `json:"move,omitempty"`
}

// Role is what a caller may do.
type Role string

// The roles, each including the ones before it.
const (
	RoleNone          Role = ""
	RoleViewer        Role = "viewer"        // status
	RoleOperator      Role = "operator"      // sync, pause, retry, skip, approve
	RoleAdministrator Role = "administrator" // connections, secrets, repair, backup
)
