"""redeemd beside the service that a Go team would write instead, each with the processor time of its database."""
