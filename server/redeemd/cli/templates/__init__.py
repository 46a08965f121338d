"""Reads Deploy templates of the vendor, compares them with a server, and applies the differences."""
