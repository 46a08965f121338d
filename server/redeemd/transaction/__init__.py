"""What makes several things happen as one, and once."""
