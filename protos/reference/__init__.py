"""The API reference: `python -m reference SOURCES FOLDER` writes docs/api from the protos and their comments."""
