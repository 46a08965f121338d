"""The RPCs of codes, batches and campaigns."""
