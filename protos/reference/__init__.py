"""Generator of the API reference: `python -m reference SOURCES FOLDER` writes it from the protos and their comments."""
