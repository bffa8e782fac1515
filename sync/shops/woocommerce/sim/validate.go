package sim

import (
	"slices"
	"strconv"
	"strings"
)

// rule is the type a parameter must have. Batches skip the rules (NOTES §5).
type rule struct {
	kind string // string, integer, number, boolean, array, object; "" takes anything
	enum []string
	of   map[string]rule // fields of the object, or of each object in the array
	mail bool            // the object's "email" must look like one
}

var (
	isText    = rule{kind: "string"}
	isInteger = rule{kind: "integer"}
	isNum     = rule{kind: "number"}
	isFlag    = rule{kind: "boolean"}
	isList    = rule{kind: "array"}
)

func oneOf(words ...string) rule { return rule{kind: "string", enum: words} }

// validate checks the parameters of a body against the rules. A null passes: WordPress takes it for "not sent".
func (c *call) validate(rules map[string]rule) *failure {
	bad := map[string]complaint{}
	for name, r := range rules {
		v, sent := c.body[name]
		if !sent || v == nil {
			continue
		}
		if p := r.check(name, v); p != nil {
			bad[name] = *p
		}
	}
	if len(bad) > 0 {
		return refuse(bad)
	}
	return nil
}

func (r rule) check(name string, v any) *complaint {
	if !r.fits(v) {
		return &complaint{"rest_invalid_type", name + " is not of type " + r.kind + ".", object{"param": name}}
	}
	if r.enum != nil && !slices.Contains(r.enum, text(v)) {
		return notOneOf(name, r.enum)
	}
	if o, ok := v.(object); ok && r.kind == "object" {
		if r.mail && o["email"] != nil && text(o["email"]) != "" && !looksLikeMail(text(o["email"])) {
			return &complaint{"rest_invalid_email", "Invalid email address.", nil}
		}
		return checkFields(name, o, r.of)
	}
	if r.kind == "array" && r.of != nil {
		for i, x := range items(v) {
			o, ok := x.(object)
			if !ok {
				at := name + "[" + strconv.Itoa(i) + "]"
				return &complaint{"rest_invalid_type", at + " is not of type object.", object{"param": at}}
			}
			if p := checkFields(name+"["+strconv.Itoa(i)+"]", o, r.of); p != nil {
				return p
			}
		}
	}
	return nil
}

func checkFields(at string, o object, rules map[string]rule) *complaint {
	for _, k := range slices.Sorted(keys(rules)) {
		// Null removes a line, so it's never of the wrong type here (golden 355).
		if v, ok := o[k]; ok && v != nil {
			if p := rules[k].check(at+"["+k+"]", v); p != nil {
				return p
			}
		}
	}
	return nil
}

func (r rule) fits(v any) bool {
	switch r.kind {
	case "string":
		_, ok := v.(string)
		return ok
	case "integer":
		return isWhole(v)
	case "number":
		return isNumber(v)
	case "boolean":
		return isBool(v)
	case "array":
		switch v.(type) {
		case []any, string:
			return true
		}
		return false
	case "object":
		_, ok := v.(object)
		return ok
	}
	return true
}

func notOneOf(name string, words []string) *complaint {
	return &complaint{"rest_not_in_enum", name + " is not one of " + sentence(words) + ".", nil}
}

// sentence joins words as WordPress does: "a, b, and c".
func sentence(words []string) string {
	switch n := len(words); n {
	case 0, 1:
		return strings.Join(words, "")
	case 2:
		return words[0] + " and " + words[1]
	default:
		return strings.Join(words[:n-1], ", ") + ", and " + words[n-1]
	}
}

func looksLikeMail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(s, " \t\n") &&
		!strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".")
}
