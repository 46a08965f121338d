"""Serial codes and campaign codes."""
