"""Resources that every documented service has: namespaces, master data, user data, and their RPCs."""
