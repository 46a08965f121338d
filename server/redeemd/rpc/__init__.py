"""The way of a call: binding, validation, paging, and the RPCs that all services share."""
