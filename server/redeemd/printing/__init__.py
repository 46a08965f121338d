"""Prints codes: QR codes, and sheets of cards."""
