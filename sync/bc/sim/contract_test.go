package sim

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// contractField is a field as contracts/business-central/entities writes it.
type contractField struct {
	Name      string `json:"name"`
	EDM       string `json:"edm"`
	MaxLength int    `json:"maxLength"`
	ReadOnly  bool   `json:"readOnly"`
	Since     string `json:"since"`
	Enum      string `json:"enum"`
}

type contractEntity struct {
	Entity string          `json:"entity"`
	Insert bool            `json:"insertAllowed"`
	Modify bool            `json:"modifyAllowed"`
	Delete bool            `json:"deleteAllowed"`
	Fields []contractField `json:"fields"`
}

func readContract(t *testing.T, name string, into any) {
	t.Helper()
	dir := os.Getenv("STOCKBRIDGE_CONTRACTS")
	if dir == "" {
		t.Skip("STOCKBRIDGE_CONTRACTS is not set: the contracts folder to compare with")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "business-central", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(name, err)
	}
}

func TestSchemaIsTheContract(t *testing.T) {
	var enums map[string][]struct {
		Wire string `json:"wire"`
	}
	readContract(t, "enums.json", &enums)
	sc, err := loadSchema()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sc.order {
		t.Run(name, func(t *testing.T) {
			var want contractEntity
			readContract(t, "entities/"+name+".json", &want)
			set := sc.sets[name]
			if set.entity != want.Entity || set.insert != want.Insert || set.modify != want.Modify || set.del != want.Delete {
				t.Errorf("entity %s insert %v modify %v delete %v", set.entity, set.insert, set.modify, set.del)
			}
			var fields []*field
			for _, f := range set.fields {
				if !f.hidden {
					fields = append(fields, f)
				}
			}
			if len(fields) != len(want.Fields) {
				t.Fatalf("%d fields, the contract has %d", len(fields), len(want.Fields))
			}
			for i, w := range want.Fields {
				checkField(t, fields[i], w)
				if w.Enum == "" {
					continue
				}
				var members []string
				for _, m := range enums[w.Enum] {
					members = append(members, m.Wire)
				}
				if !slices.Equal(fields[i].members, members) {
					t.Errorf("%s has members %v, want %v", w.Name, fields[i].members, members)
				}
			}
		})
	}
}

func checkField(t *testing.T, f *field, w contractField) {
	t.Helper()
	if w.Since == "" {
		w.Since = "17.1"
	}
	since, err := release(w.Since)
	if err != nil {
		t.Fatal(err)
	}
	if f.name != w.Name || f.edm != w.EDM || f.max != w.MaxLength || f.readOnly != w.ReadOnly || f.since != since {
		t.Errorf("%s %s(%d) read-only %v since %d, want %+v", f.name, f.edm, f.max, f.readOnly, f.since, w)
	}
}

// TestServedFields compares what each version really answers with the contract's fields of that version.
func TestServedFields(t *testing.T) {
	for _, version := range []string{"17.1", "19.0", "23.1", "26.0", "29.0"} {
		t.Run(version, func(t *testing.T) {
			g := newRig(t, Options{Version: version})
			served, err := release(version)
			if err != nil {
				t.Fatal(err)
			}
			g.order("X", "", itemLine("1000", "1", "1"))
			if err := g.co.Ship("SO-1001", nil, true); err != nil {
				t.Fatal(err)
			}
			g.order("Y", "", itemLine("1000", "1", "1"))
			if _, err := g.co.AddVariant("1000", "RED", "Red"); err != nil {
				t.Fatal(err)
			}
			if err := g.co.AddCurrency("USD", "Dollar", dec("1.1")); err != nil {
				t.Fatal(err)
			}
			for _, name := range g.s.schema.order {
				if g.s.schema.sets[name].since <= served {
					checkServed(t, g, name, served)
				}
			}
		})
	}
}

func checkServed(t *testing.T, g *rig, name string, version int) {
	t.Helper()
	var want contractEntity
	readContract(t, "entities/"+name+".json", &want)
	var a answer
	switch name {
	case "companies":
		a = g.do("GET", "/companies", "")
	case "salesOrderLines":
		a = g.get(name, "$filter=documentId eq "+g.co.Orders()[0].ID)
	case "salesInvoiceLines":
		a = g.get(name, "$filter=documentId eq "+g.co.Invoices()[0].ID)
	default:
		a = g.get(name)
	}
	rows := g.must(a, 200, "").rows("value")
	if len(rows) == 0 {
		t.Errorf("%s is empty", name)
		return
	}
	expected := map[string]bool{"@odata.etag": true}
	for _, f := range want.Fields {
		if f.Since == "" {
			f.Since = "17.1"
		}
		if since, err := release(f.Since); err != nil || since > version {
			continue
		}
		if f.EDM == "Edm.Stream" {
			expected[f.Name+"@odata.mediaEditLink"], expected[f.Name+"@odata.mediaReadLink"] = true, true
			continue
		}
		expected[f.Name] = true
	}
	for k := range rows[0].json {
		if !expected[k] {
			t.Errorf("%s serves %s, which the contract does not have in this version", name, k)
		}
		delete(expected, k)
	}
	for k := range expected {
		t.Errorf("%s does not serve %s", name, k)
	}
}
