"""Files with codes as people have them: CSV in any common encoding and with any common separator, and spreadsheets."""
