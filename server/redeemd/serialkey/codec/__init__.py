"""Serial codes as arithmetic: from a position in a batch to a code and back."""
