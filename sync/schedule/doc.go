// Package schedule decides when a flow is due, how long to wait after a failure, when a side that
// doesn't answer is asked again, and how large the next batch is.
//
// It is pure: times, durations and random numbers come in as arguments, decisions go out as values. It needs no
// third-party library.
package schedule
