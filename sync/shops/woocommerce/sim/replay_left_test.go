package sim

// notSimulated lists the recordings the simulator does not answer as recorded, each with the reason.
func notSimulated(version string) map[string]string {
	left := map[string]string{}
	_ = version
	return left
}
