"""What is known about the network a call comes over."""

# Signs that a call did not come straight from a program on this machine.
FORWARDING_HEADERS = (
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-client-cert",
    "x-real-ip",
    "x-envoy-external-address",
    "via",
    "origin",
)
