"""Who may call: keys, tokens, and the decision per method."""
