package sim

import "strings"

// condition is a parsed $filter.
type condition interface {
	match(r *row) bool
	// candidates are the rows an index finds; false where only a scan can tell. They still have to match.
	candidates(t *table) ([]*row, bool)
	// fields adds the names of the fields the condition looks at.
	fields(into map[string]bool)
}

// parser reads the $filter language of NOTES section 3.
type parser struct {
	set       *entitySet
	version   int
	wildcards bool // eq on text has AL's wildcards
	nested    bool // $schemaversion=2.1: in, and functions in functions
	tokens    []token
	at        int
}

func (p *parser) parse(text string) (condition, error) {
	var err error
	if p.tokens, err = lex(text); err != nil {
		return nil, err
	}
	c, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.at < len(p.tokens) {
		return nil, syntaxError()
	}
	return c, nil
}

func (p *parser) peek() token {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return token{}
}

func (p *parser) next() token {
	t := p.peek()
	p.at++
	return t
}

func (p *parser) word(s string) bool {
	if t := p.peek(); !t.quoted && t.text == s {
		p.at++
		return true
	}
	return false
}

func (p *parser) or() (condition, error) {
	left, err := p.and()
	if err != nil {
		return nil, err
	}
	for p.word("or") {
		right, err := p.and()
		if err != nil {
			return nil, err
		}
		names := map[string]bool{}
		left.fields(names)
		right.fields(names)
		if len(names) > 1 {
			return nil, notImplemented("The 'OR' operator is not supported on distinct fields on an OData filter.")
		}
		left = either(left, right)
	}
	return left, nil
}

func (p *parser) and() (condition, error) {
	left, err := p.primary()
	if err != nil {
		return nil, err
	}
	for p.word("and") {
		right, err := p.primary()
		if err != nil {
			return nil, err
		}
		left = both{left, right}
	}
	return left, nil
}

func (p *parser) primary() (condition, error) {
	t := p.peek()
	switch {
	case t.text == "" && !t.quoted:
		return nil, syntaxError()
	case p.word("("):
		c, err := p.or()
		if err == nil && !p.word(")") {
			err = syntaxError()
		}
		return c, err
	case t.text == "not":
		return nil, notImplemented("The 'Not' operator is not supported on an OData filter.")
	case strings.HasSuffix(t.text, "/any"), strings.HasSuffix(t.text, "/all"):
		p.at++
		return anything{}, p.skipParentheses()
	case t.text == "contains" || t.text == "startswith" || t.text == "endswith":
		p.at++
		return p.textFunction(t.text)
	}
	return p.comparison()
}

// skipParentheses passes over a lambda: a real server silently ignores it.
func (p *parser) skipParentheses() error {
	depth := 0
	for p.at < len(p.tokens) {
		switch t := p.next(); {
		case t.quoted:
		case t.text == "(":
			depth++
		case t.text == ")":
			if depth--; depth == 0 {
				return nil
			}
		}
	}
	return syntaxError()
}

// operand is a field, or one under a function of one argument.
type operand struct {
	f     *field
	apply func(string) string
}

func (o operand) text(r *row) string {
	s, _ := r.v[o.f.index].(string)
	if o.apply != nil {
		s = o.apply(s)
	}
	return s
}

func (p *parser) operand() (operand, error) {
	t := p.next()
	if t.quoted {
		return operand{}, syntaxError()
	}
	var apply func(string) string
	switch t.text {
	case "tolower":
		apply = strings.ToLower
	case "toupper":
		apply = strings.ToUpper
	}
	if apply == nil {
		f := p.set.byFold[strings.ToLower(t.text)]
		if f == nil || !f.served(p.version) {
			return operand{}, noSuchField(t.text, p.set.entity)
		}
		return operand{f: f}, nil
	}
	if !p.word("(") {
		return operand{}, syntaxError()
	}
	o, err := p.operand()
	if err != nil {
		return operand{}, err
	}
	if !p.word(")") {
		return operand{}, syntaxError()
	}
	o.apply = apply
	return o, nil
}

func (p *parser) textFunction(name string) (condition, error) {
	if !p.word("(") {
		return nil, syntaxError()
	}
	o, err := p.operand()
	if err != nil {
		return nil, err
	}
	if o.apply != nil && !p.nested {
		return nil, notImplemented("Nested functions are not supported on an OData filter.")
	}
	if !p.word(",") || !p.peek().quoted {
		return nil, syntaxError()
	}
	part := p.next().text
	if !p.word(")") {
		return nil, syntaxError()
	}
	if p.word("eq") && !p.word("true") {
		return nil, syntaxError()
	}
	return textMatch{o, name, fold(part)}, nil
}

func (p *parser) comparison() (condition, error) {
	o, err := p.operand()
	if err != nil {
		return nil, err
	}
	op := p.next().text
	switch op {
	case "eq", "ne", "gt", "ge", "lt", "le":
		v, err := p.literal(o.f, p.next())
		if err != nil {
			return nil, err
		}
		return p.compare(o, op, v), nil
	case "in":
		if !p.nested {
			return nil, notImplemented("The 'In' operator is not supported on an OData filter.")
		}
		return p.in(o)
	}
	return nil, syntaxError()
}

func (p *parser) in(o operand) (condition, error) {
	if !p.word("(") {
		return nil, syntaxError()
	}
	var c condition
	for {
		v, err := p.literal(o.f, p.next())
		if err != nil {
			return nil, err
		}
		if one := p.compare(o, "eq", v); c == nil {
			c = one
		} else {
			c = either(c, one)
		}
		if p.word(")") {
			return c, nil
		}
		if !p.word(",") {
			return nil, syntaxError()
		}
	}
}
