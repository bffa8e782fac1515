package sim

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed schema.tsv
var schemaText string

// valueType is how a field's values are kept, read and written.
type valueType uint8

const (
	textType valueType = iota
	codeType           // upper case, trimmed
	guidType
	decimalType
	intType
	boolType
	dateType
	timeType
	enumType
	streamType
)

var typeNames = map[string]valueType{
	"String": textType, "Code": codeType, "Guid": guidType, "Decimal": decimalType, "Int32": intType, "Int64": intType,
	"Boolean": boolType, "Date": dateType, "DateTimeOffset": timeType, "Stream": streamType,
}

// field is one property of an entity.
type field struct {
	name, edm, caption string
	kind               valueType
	max                int // characters; 0 is unlimited
	readOnly, hidden   bool
	since              int
	members            []string // of an enum, as they are on the wire
	index              int
}

// nav is a navigation property whose target this simulator serves.
type nav struct {
	name, target, via string // via: the field that holds the other row's id
	many              bool
}

// entitySet is one set of the API and its fields.
type entitySet struct {
	name, entity, table string
	insert, modify, del bool
	since               int
	fields              []*field
	byName              map[string]*field
	byFold              map[string]*field
	navs                []nav
	actions             []string
}

// schema is every set by name.
type schema struct {
	sets  map[string]*entitySet
	order []string
}

func (e *entitySet) nav(name string) (nav, bool) {
	for _, n := range e.navs {
		if strings.EqualFold(n.name, name) {
			return n, true
		}
	}
	return nav{}, false
}

// served reports whether a field exists on a server of that version.
func (f *field) served(version int) bool { return !f.hidden && f.since <= version }

// release turns "23.1" into 2301, which compares.
func release(s string) (int, error) {
	major, minor, _ := strings.Cut(s, ".")
	a, err := strconv.Atoi(major)
	if err != nil {
		return 0, fmt.Errorf("version %q is no number such as 26.0", s)
	}
	b := 0
	if minor != "" {
		if b, err = strconv.Atoi(minor); err != nil {
			return 0, fmt.Errorf("version %q is no number such as 26.0", s)
		}
	}
	return a*100 + b, nil
}

// loadSchema reads schema.tsv, whose layout its first lines describe.
func loadSchema() (*schema, error) {
	s := &schema{sets: map[string]*entitySet{}}
	enums := map[string][]string{}
	var set *entitySet
	for n, line := range strings.Split(strings.TrimSpace(schemaText), "\n") {
		p := strings.Split(line, "\t")
		var err error
		switch p[0] {
		case "set":
			set, err = s.addSet(p)
		case "field":
			err = set.addField(p)
		case "nav":
			set.navs = append(set.navs, nav{name: p[1], many: p[2] == "many", target: p[3], via: p[4]})
		case "action":
			set.actions = append(set.actions, p[1])
		case "enum":
			enums[p[1]] = p[2:]
		}
		if err != nil {
			return nil, fmt.Errorf("schema line %d: %w", n+1, err)
		}
	}
	for _, e := range s.sets {
		for _, f := range e.fields {
			if f.kind == enumType {
				f.members = enums[strings.TrimPrefix(f.edm, "Microsoft.NAV.")]
			}
		}
	}
	return s, nil
}

func (s *schema) addSet(p []string) (*entitySet, error) {
	since, err := release(p[5])
	e := &entitySet{
		name: p[1], entity: p[2], table: p[3], since: since,
		insert: p[4][0] == 'I', modify: p[4][1] == 'M', del: p[4][2] == 'D',
		byName: map[string]*field{}, byFold: map[string]*field{},
	}
	s.sets[e.name] = e
	s.order = append(s.order, e.name)
	return e, err
}

func (e *entitySet) addField(p []string) error {
	length, err := strconv.Atoi(p[3])
	if err != nil {
		return err
	}
	since, err := release(p[5])
	if err != nil {
		return err
	}
	f := &field{
		name: p[1], max: length, readOnly: p[4] == "r", since: since, caption: p[6],
		hidden: strings.HasPrefix(p[1], "."), index: len(e.fields),
	}
	if enum, ok := strings.CutPrefix(p[2], "enum:"); ok {
		f.kind, f.edm = enumType, "Microsoft.NAV."+enum
	} else if f.kind, ok = typeNames[p[2]]; ok {
		f.edm = "Edm." + strings.Replace(p[2], "Code", "String", 1)
	} else {
		return fmt.Errorf("field %s has unknown type %s", p[1], p[2])
	}
	e.fields = append(e.fields, f)
	e.byName[f.name], e.byFold[strings.ToLower(f.name)] = f, f
	return nil
}
