package sim

import (
	"net/http"
	"strconv"
	"strings"
)

// metadata is the EDMX document of the fields this version serves (as metadata-v2.0.generated.xml writes it).
func (s *Server) metadata() []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">` +
		`<edmx:DataServices><Schema Namespace="Microsoft.NAV" xmlns="http://docs.oasis-open.org/odata/ns/edm">`)
	enums := map[string]bool{}
	var sets, types []string
	for _, name := range s.schema.order {
		e := s.schema.sets[name]
		if e.since > s.version {
			continue
		}
		sets = append(sets, `<EntitySet Name="`+e.name+`" EntityType="Microsoft.NAV.`+e.entity+`"/>`)
		s.entityType(&b, e)
		for _, f := range e.fields {
			if f.kind == enumType && f.served(s.version) && !enums[f.edm] {
				enums[f.edm] = true
				types = append(types, enumTypeXML(f))
			}
		}
		for _, a := range e.actions {
			types = append(types, `<Action Name="`+a+`" IsBound="true"><Parameter Name="bindingParameter" Type="Microsoft.NAV.`+e.entity+`"/></Action>`)
		}
	}
	b.WriteString(strings.Join(types, ""))
	b.WriteString(`<EntityContainer Name="NAV">` + strings.Join(sets, "") + `</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`)
	return []byte(b.String())
}

func (s *Server) entityType(b *strings.Builder, e *entitySet) {
	b.WriteString(`<EntityType Name="` + e.entity + `"><Key><PropertyRef Name="id"/></Key>`)
	for _, f := range e.fields {
		if !f.served(s.version) {
			continue
		}
		b.WriteString(`<Property Name="` + f.name + `" Type="` + f.edm + `"`)
		if f.name == "id" {
			b.WriteString(` Nullable="false"`)
		}
		if f.max > 0 {
			b.WriteString(` MaxLength="` + strconv.Itoa(f.max) + `"`)
		}
		if f.kind == decimalType {
			b.WriteString(` Scale="Variable"`)
		}
		b.WriteString(`/>`)
	}
	for _, n := range e.navs {
		to := s.schema.sets[n.target]
		if to.since > s.version {
			continue
		}
		if n.many {
			b.WriteString(`<NavigationProperty Name="` + n.name + `" Type="Collection(Microsoft.NAV.` + to.entity + `)" ContainsTarget="true"/>`)
		} else {
			b.WriteString(`<NavigationProperty Name="` + n.name + `" Type="Microsoft.NAV.` + to.entity + `"/>`)
		}
	}
	b.WriteString(`</EntityType>`)
}

func enumTypeXML(f *field) string {
	var b strings.Builder
	b.WriteString(`<EnumType Name="` + strings.TrimPrefix(f.edm, "Microsoft.NAV.") + `">`)
	for i, m := range f.members {
		b.WriteString(`<Member Name="` + m + `" Value="` + strconv.Itoa(i) + `"/>`)
	}
	b.WriteString(`</EnumType>`)
	return b.String()
}

// serviceDocument lists the entity sets.
func (s *Server) serviceDocument() *reply {
	dst := append([]byte(`{"@odata.context":`), appendJSON(nil, s.root()+"/$metadata")...)
	dst = append(dst, `,"value":[`...)
	first := true
	for _, name := range s.schema.order {
		if s.schema.sets[name].since > s.version {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		n := string(appendJSON(nil, name))
		dst = append(dst, `{"name":`+n+`,"kind":"EntitySet","url":`+n+`}`...)
	}
	return &reply{http.StatusOK, jsonType, append(dst, "]}"...)}
}
