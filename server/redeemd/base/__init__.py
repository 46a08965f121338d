"""Modules that every layer may use: clock, telemetry, network addresses, new files."""
