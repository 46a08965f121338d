"""Logs people in by OpenID Connect, at the identity provider of the studio."""
