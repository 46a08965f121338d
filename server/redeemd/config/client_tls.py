"""TLS of the connections that redeemd opens to other services."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from redeemd.config.json_file import FromJson


class ClientTls(FromJson):
    """The certificates of a connection to another service. Paths of PEM files."""

    ca: str | None = Field(None, description="PEM file of the authorities to trust; absent: those of the machine.")
    certificate: str | None = Field(None, description="PEM file of the client certificate; needs `key`.")
    key: str | None = Field(None, description="PEM file of the key of the client certificate.")
    server_name: str | None = Field(
        None, description="The name in the certificate of the other side, if it is not the host of the address."
    )

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key must be given together")
        for path in (self.ca, self.certificate, self.key):
            if path is not None and not Path(path).is_file():
                raise ValueError(f"the file {path} does not exist")
        return self
