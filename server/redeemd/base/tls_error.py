"""The error of certificates, apart from what reads them: commands that report it need no cryptography."""


class TlsError(Exception):
    """A certificate or key cannot be used; the text names the file and the problem."""
