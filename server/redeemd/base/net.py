"""Facts about the network path of a call."""

# Headers that show that a call did not come directly from a program on this machine.
FORWARDING_HEADERS = (
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-client-cert",
    "x-real-ip",
    "x-envoy-external-address",
    "via",
    "origin",
)
