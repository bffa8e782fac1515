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

// secretAbout says which secrets there are (DESIGN.md section 7).
const secretAbout = "SIDE and FIELD are: bc password; for WooCommerce shop consumer_key and shop consumer_secret."

func (a *app) secretCmd() *cobra.Command {
	set := &cobra.Command{Use: "set CONNECTION SIDE FIELD", Short: "Store a secret, read from standard input", Args: cobra.ExactArgs(3),
		Long: jsonDoc("Stores a secret in the keychain of the service's account. It is read from standard input, one line, never from an argument.\n"+secretAbout, `{"set": "CONNECTION SIDE FIELD"}`),
		RunE: func(c *cobra.Command, args []string) error {
			value, err := a.readSecret()
			if err != nil {
				return err
			}
			if value == "" {
				return refusal("There was nothing on standard input. Give the secret there: stockbridge %s < FILE, or type it when asked.", strings.Join(append([]string{"secret set"}, args...), " "))
			}
			return a.with(c.Context(), func(s *ipc.Client) error {
				r := ipc.SecretRequest{Connection: args[0], Side: args[1], Field: args[2], Value: value}
				if err := s.SetSecret(c.Context(), r); err != nil {
					return err
				}
				return a.print(map[string]string{"set": strings.Join(args, " ")}, func(w io.Writer) { fmt.Fprintln(w, "Stored in the keychain of the service's account.") })
			})
		}}
	list := &cobra.Command{Use: "list", Short: "List which secrets are set, never what they are", Args: cobra.NoArgs,
		Long: jsonDoc("Lists which secrets are set, never what they are.", `{"names": ["CONNECTION SIDE FIELD"]}`),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c.Context(), func(s *ipc.Client) error {
				names, err := s.Secrets(c.Context())
				if err != nil {
					return err
				}
				return a.print(names, func(w io.Writer) {
					for _, n := range names.Names {
						fmt.Fprintln(w, n)
					}
					if len(names.Names) == 0 {
						fmt.Fprintln(w, "No secret is set.")
					}
				})
			})
		}}
	remove := &cobra.Command{Use: "remove CONNECTION SIDE FIELD", Short: "Remove a secret", Args: cobra.ExactArgs(3),
		Long: jsonDoc("Removes a secret from the keychain.", `{"removed": "CONNECTION SIDE FIELD"}`),
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(s *ipc.Client) error {
				if err := s.RemoveSecret(c.Context(), ipc.SecretRequest{Connection: args[0], Side: args[1], Field: args[2]}); err != nil {
					return err
				}
				return a.print(map[string]string{"removed": strings.Join(args, " ")}, func(w io.Writer) { fmt.Fprintln(w, "Removed.") })
			})
		}}
	return group("secret", "Store passwords and keys in the keychain", set, list, remove)
}

// maxSecret bounds what is read of a line that should be a secret; a keychain takes less.
const maxSecret = 64 << 10

// readSecret reads one line: typed without echo at a terminal, else from a pipe.
func (a *app) readSecret() (string, error) {
	if f, ok := a.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(a.errOut, "Secret (not shown): ")
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(a.errOut)
		return strings.TrimSpace(string(b)), err
	}
	line, err := bufio.NewReader(io.LimitReader(a.in, maxSecret)).ReadString('\n')
	if err == io.EOF {
		err = nil
	}
	return strings.TrimSpace(line), err
}
