"""Call handling: binding, validation, paging, and the RPCs that all services share."""
