"""Counters with reset schedules."""
