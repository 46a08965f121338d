#!/bin/sh
# Runs the client with the stubs of `make generate-python` and the packages of the repository's .venv.
# Elsewhere: install the wheel of `make package-python`, then run `python first_call.py`.
cd "$(dirname "$0")/../../.."
PYTHONPATH=generated/python-client exec .venv/bin/python tests/clients/python/first_call.py
