package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"stockbridge/sync/ipc"
)

func (a *app) secretCmd() *cobra.Command {
	set := &cobra.Command{Use: "set CONNECTION SIDE FIELD", Short: "Store a secret, read from standard input", Args: cobra.ExactArgs(3), RunE: func(c *cobra.Command, args []string) error {
		value, err := readSecret(a.errOut)
		if err != nil {
			return err
		}
		return a.with(c.Context(), func(s *ipc.Client) error {
			r := ipc.SecretRequest{Connection: args[0], Side: args[1], Field: args[2], Value: value}
			if err := s.SetSecret(c.Context(), r); err != nil {
				return err
			}
			return a.print(map[string]string{"set": strings.Join(args, " ")}, func(w io.Writer) { fmt.Fprintln(w, "Stored in the keychain of the service's account.") })
		})
	}}
	list := &cobra.Command{Use: "list", Short: "List which secrets are set, never what they are", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), func(s *ipc.Client) error {
			names, err := s.Secrets(c.Context())
			if err != nil {
				return err
			}
			return a.print(names, func(w io.Writer) {
				for _, n := range names.Names {
					fmt.Fprintln(w, n)
				}
			})
		})
	}}
	remove := &cobra.Command{Use: "remove CONNECTION SIDE FIELD", Short: "Remove a secret", Args: cobra.ExactArgs(3), RunE: func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(s *ipc.Client) error {
			if err := s.RemoveSecret(c.Context(), ipc.SecretRequest{Connection: args[0], Side: args[1], Field: args[2]}); err != nil {
				return err
			}
			return a.print(map[string]string{"removed": strings.Join(args, " ")}, func(w io.Writer) { fmt.Fprintln(w, "Removed.") })
		})
	}}
	return group("secret", "Store passwords and keys in the keychain", set, list, remove)
}

// readSecret reads one line: typed without echo at a terminal, else from a pipe.
func readSecret(prompt io.Writer) (string, error) {
	if fd := int(os.Stdin.Fd()); term.IsTerminal(fd) {
		fmt.Fprint(prompt, "Secret (not shown): ")
		b, err := term.ReadPassword(fd)
		fmt.Fprintln(prompt)
		return strings.TrimSpace(string(b)), err
	}
	line, err := bufio.NewReader(io.LimitReader(os.Stdin, 64<<10)).ReadString('\n')
	if err == io.EOF {
		err = nil
	}
	return strings.TrimSpace(line), err
}
