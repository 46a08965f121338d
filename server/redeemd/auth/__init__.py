"""Authentication and authorization: keys, tokens, and the decision per method."""
