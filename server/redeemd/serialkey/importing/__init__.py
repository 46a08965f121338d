"""Imports codes that another system issued."""
