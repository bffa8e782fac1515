// Package sim holds what the vendors' simulators share: a transport without sockets, an HTTPS server with
// throw-away certificates, and faults that break an exchange at a chosen place.
//
// A simulator is an http.Handler. Serve puts it behind real TLS, Transport calls it in the caller's goroutine (so
// that testing/synctest can run the clock), and Faults.Wrap stands in front of it in both cases.
package sim
