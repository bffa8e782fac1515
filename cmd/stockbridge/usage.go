package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// usageError is a mistake on the command line (exit code 2).
type usageError struct {
	error
	command string // whose help tells how
}

// Unwrap gives the refusal, for its code.
func (e usageError) Unwrap() error { return e.error }

// misused is a mistake in how c was called.
func misused(c *cobra.Command, format string, args ...any) error {
	return usageError{refusal(format, args...), c.CommandPath()}
}

// checkUsage makes wrong arguments and flags of c and every command below it usage errors.
func checkUsage(c *cobra.Command) {
	c.DisableFlagsInUseLine = true
	c.SetFlagErrorFunc(flagError)
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if check(c, args) == nil {
				return nil
			}
			if c.HasAvailableSubCommands() {
				return misused(c, "%s has no command %q; there are: %s.", c.CommandPath(), args[0], commands(c))
			}
			return misused(c, "Use it as: %s", c.UseLine())
		}
	}
	for _, sub := range c.Commands() {
		checkUsage(sub)
	}
}

// flagError says what is wrong with a flag without the words of the parser behind it.
func flagError(c *cobra.Command, err error) error {
	text, _, _ := strings.Cut(err.Error(), ": strconv.")
	return misused(c, "%s.", strings.ToUpper(text[:1])+text[1:])
}

// commands lists what c holds.
func commands(c *cobra.Command) string {
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return strings.Join(names, ", ")
}

// group is a command that only holds others; without one of them it is wrong usage.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		return misused(c, "%s needs a command: %s.", c.CommandPath(), commands(c))
	}}
	c.AddCommand(subs...)
	return c
}

// helpCmd replaces cobra's, which takes an unknown command for no mistake.
func helpCmd() *cobra.Command {
	return &cobra.Command{Use: "help [COMMAND]", Short: "Help about any command", Args: cobra.ArbitraryArgs, RunE: func(c *cobra.Command, args []string) error {
		about, rest, err := c.Root().Find(args)
		if err != nil || len(rest) > 0 {
			return misused(c.Root(), "There is no command %q; there are: %s.", strings.Join(args, " "), commands(c.Root()))
		}
		return about.Help()
	}}
}

// jsonDoc is a command's help with the schema of its --json document.
func jsonDoc(about, schema string) string {
	return fmt.Sprintf("%s\n\nWith --json:\n%s", about, schema)
}
