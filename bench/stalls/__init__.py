"""The worst requests to every RPC and URL, derived from the contract, and what each costs the server."""
