"""The generated reference: `python -m reference SOURCES FOLDER` writes pages of docs/reference.

The pages of the API come from the protos and their comments, the page of settings from redeemd.config, the page of
commands from redeemd.cli.
"""
