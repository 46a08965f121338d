"""Master keys, and encryption under keys derived from them."""
