"""Reads what the contract declares: options, documented JSON, and validation rules."""
