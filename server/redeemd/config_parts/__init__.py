"""Parts of the configuration: addresses, and the content of the JSON files that settings name."""
