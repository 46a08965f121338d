"""Limits wrong codes: budgets of players, alarms of namespaces, and delayed refusals."""
