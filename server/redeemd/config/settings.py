"""All settings of the service: each field is a flag of `serve` and an environment variable REDEEMD_..."""

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, TypeAdapter, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from redeemd.config import agreement, github_keys, json_file, openid
from redeemd.config.addresses import split_address, unix_path
from redeemd.config.database_url import check_database, embedded_path, is_embedded
from redeemd.config.handlers import Handlers
from redeemd.config.identities import Identities
from redeemd.config.openid import OpenIdClient
from redeemd.config.origins import Origins
from redeemd.config.webhooks import Webhooks

MASTER_KEY_FILE = "master.key"

GRN_PART = r"^[A-Za-z0-9_-]{1,64}$"


class ConfigError(Exception):
    """The settings cannot be used; the text lists every problem."""


class _Ports(BaseSettings):
    """The settings of what is listened on, and of its TLS."""

    model_config = SettingsConfigDict(env_prefix="REDEEMD_", frozen=True, extra="ignore")

    listen: str = Field(
        "127.0.0.1:50051",
        description="Address and port of gRPC, port 0 for a free one; or unix:PATH for a Unix socket.",
    )
    reuse_port: bool = Field(
        False, description="Share the port of listen with other replicas on this machine; see docs/how-to/operate.md."
    )
    http_listen: str = Field(
        "127.0.0.1:8080", description="Address and port of /livez, /readyz, /metrics and /files; empty for none."
    )
    admin_listen: str = Field(
        "", description="Address and port of /livez, /readyz and /metrics, which http_listen then no longer serves."
    )
    tls_cert: Path | None = Field(
        None,
        description="PEM file of the server's certificate chain: gRPC and HTTP use TLS. Replaced files are read again.",
    )
    tls_key: Path | None = Field(None, description="PEM file of the key of tls_cert.")
    tls_client_ca: Path | None = Field(
        None, description="PEM file of authorities: gRPC requires a client certificate that one of them has signed."
    )
    tls_source: Literal["files", "spiffe"] = Field(
        "files",
        description=(
            "spiffe: the certificate, its key and the authorities are those of the SPIFFE Workload API at "
            "SPIFFE_ENDPOINT_SOCKET, and gRPC requires client certificates; needs the extra `spiffe`."
        ),
    )
    http_tls: Literal["on", "off", "mutual"] = Field(
        "on", description="TLS of HTTP, with tls_cert; mutual: with client certificates as well; off: without TLS."
    )
    admin_tls: Literal["on", "off", "mutual"] = Field("off", description="TLS of admin_listen, as for http_tls.")
    public_url: str = Field("", description="Base of the URLs in responses; the default is made from --http-listen.")


class Settings(_Ports):
    """The settings; flags override the environment, which overrides the defaults."""

    data: Path = Field(Path("data"), description="Folder of the embedded database, the master key and the first key.")
    database: SecretStr = Field(
        SecretStr(""),
        description="sqlite:///PATH or postgresql://USER@HOST/NAME; the default is redeemd.db in the data folder.",
    )
    auth: Literal["on", "off"] = Field("on", description="off: every caller is admin; loopback addresses only.")
    master_key: SecretStr = Field(
        SecretStr(""),
        description="Master keys as `<id>:<base64 of 32 bytes>[:accept]`, oldest first; instead of a file.",
    )
    master_key_file: Path | None = Field(
        None, description="File of master keys; the default, master.key in the data folder, is made on the first start."
    )
    github_url: str = Field("https://api.github.com", description="GitHub's API, for master data from repositories.")
    github_keys: SecretStr = Field(
        SecretStr(""), description="GitHub keys as `<apiKeyId>=<token>`, separated by white space; instead of a file."
    )
    github_keys_file: Path | None = Field(None, description="File of GitHub keys.")
    action_handlers: Path | None = Field(
        None,
        description="JSON file of the handlers that execute actions of other services; see docs/how-to/handlers.md.",
    )
    webhooks: Path | None = Field(
        None, description="JSON file of the receivers to which events are sent; see docs/how-to/webhooks.md."
    )
    scripts: Path | None = Field(None, description="Folder of scripts in Lua; see docs/how-to/scripts.md.")
    identities: Path | None = Field(
        None,
        description=(
            "JSON file that gives roles to SPIFFE IDs and to tokens of identity providers; see docs/how-to/identity.md."
        ),
    )
    json_door: bool = Field(True, description="Serve the documented REST and WebSocket APIs over HTTP.")
    connect: bool = Field(True, description="Serve all methods over HTTP by Connect and gRPC-Web, for web pages.")
    api_docs: bool = Field(False, description="Describe REST at /openapi.json (OpenAPI 3.1), with a viewer at /docs.")
    console: bool = Field(False, description="Serve the console at /console of admin_listen; needs redeemd[console].")
    console_url: str = Field("", description="URL of admin_listen for browsers, if a proxy is before it.")
    console_issuer: str = Field(
        "",
        description=(
            "The issuer in the file of identities whose provider logs people in to the console, by OpenID Connect; "
            "needs console_url. See docs/how-to/console.md."
        ),
    )
    console_client_id: str = Field("", description="The id of the console's client at console_issuer.")
    console_client_secret_file: Path | None = Field(
        None, description="File of the secret of console_client_id; without it, the client is a public one."
    )
    console_scopes: str = Field(
        "openid", description="Scopes to ask console_issuer for, with spaces between; openid is one of them."
    )
    cors_origins: Origins = Field("", description="Origins of web pages that may call, with spaces between; `*`: all.")
    project_token_seconds: int = Field(86_400, ge=60, le=31_622_400, description="How long project tokens are valid.")
    region: str = Field("local", pattern=GRN_PART, description="The region in GRNs.")
    owner_id: str = Field("redeemd", pattern=GRN_PART, description="The owner id in GRNs.")
    time_offsets: bool = Field(True, description="Let admin and server keys shift the clocks of players, for tests.")
    allow_empty_database: bool = Field(
        False, description="Start with an empty database although the data folder holds the keys of a lost one."
    )
    migrate: bool = Field(True, description="Migrate an embedded database to the required schema at start.")
    calls_max: int = Field(
        2000, ge=1, description="Calls in progress at once; further ones are refused with OVERLOADED."
    )
    message_timeout_seconds: float = Field(
        10.0, gt=0, le=300, description="How long a call may take to send its first message, or its next one."
    )
    guess_delay_seconds: float = Field(5.0, ge=0, le=10, description="Average delay of refusals to guessing players.")
    readers: int = Field(2, ge=1, le=64, description="Reading connections to the embedded database.")
    connections: int = Field(10, ge=1, le=200, description="Most connections to PostgreSQL.")
    prepared_statements: Literal["on", "off"] = Field(
        "on", description="off: for a connection pooler of PostgreSQL in transaction mode."
    )
    event_retention_seconds: int = Field(
        259_200, ge=0, le=31_622_400, description="How long events are kept; 0: no events are written."
    )
    connection_age_seconds: float = Field(
        300.0,
        ge=0,
        le=86_400,
        description="After how long clients are asked to connect anew, so that they find new replicas; 0: never.",
    )
    connection_age_grace_seconds: float = Field(
        3600.0, ge=0, le=86_400, description="How long calls may go on after that on the old connection."
    )
    drain_seconds: float = Field(
        3.0,
        ge=0,
        le=300,
        description="After SIGTERM: how long to keep serving, with health NOT_SERVING, so that load balancers notice.",
    )
    grace_seconds: float = Field(
        10.0, ge=0, le=300, description="After the drain: how long calls in progress may take to finish."
    )
    log: Literal["calls", "faults", "off"] = Field(
        "calls",
        description=(
            "Lines of JSON on standard output. calls: one per call; faults: calls that failed through the server or "
            "were slow; off: no calls. Defects and faults of the database are always logged."
        ),
    )
    log_ok_reads: float = Field(
        1.0, ge=0, le=1, description="The share of successful calls that only read which log calls writes down."
    )
    log_slow_seconds: float = Field(
        1.0, ge=0, le=3600, description="Calls that last this long are logged as slow; 0: none. Streams are never slow."
    )
    reflection: bool = Field(True, description="Offer gRPC's reflection service.")
    channelz: bool = Field(False, description="Offer gRPC's channelz service.")

    @property
    def embedded(self) -> bool:
        """Whether the database is an embedded one."""
        return is_embedded(self.database.get_secret_value())

    @property
    def database_path(self) -> Path:
        """The path of the embedded database."""
        url = self.database.get_secret_value()
        return embedded_path(url) if url else self.data / "redeemd.db"

    @property
    def key_path(self) -> Path:
        """The path of the master key file."""
        return self.master_key_file or self.data / MASTER_KEY_FILE

    @property
    def verifies_clients(self) -> bool:
        """Whether gRPC requires client certificates."""
        return self.tls_client_ca is not None or self.tls_source == "spiffe"

    def read_github_keys(self) -> dict[str, SecretStr]:
        """Return GitHub's keys by id. The validation of the settings has checked that they can be read."""
        return github_keys.read(self.github_keys_file, self.github_keys)

    def read_action_handlers(self) -> Handlers:
        """Return the handlers by the prefix of their actions. Raises ValueError with every problem."""
        if self.action_handlers is None:
            return {}
        return json_file.read("action_handlers", self.action_handlers, TypeAdapter(Handlers))

    def read_webhooks(self) -> Webhooks:
        """Return the webhooks by their names. Raises ValueError with every problem."""
        return {} if self.webhooks is None else json_file.read("webhooks", self.webhooks, TypeAdapter(Webhooks))

    def read_identities(self) -> Identities:
        """Return who has which role without an API key. Raises ValueError with every problem."""
        if self.identities is None:
            return Identities()
        found = json_file.read("identities", self.identities, TypeAdapter(Identities))
        if not self.verifies_clients and found.needs_certificates:
            raise ValueError(
                f"identities {self.identities}: SPIFFE IDs need tls_client_ca, or the forwarder `loopback` or `unix`"
            )
        return found

    def read_console_client(self) -> OpenIdClient | None:
        """Return the client that logs people in to the console, None for none. Raises ValueError with every problem."""
        return openid.read(self)

    @field_validator("listen", "http_listen", "admin_listen")
    @classmethod
    def _check_address(cls, value: str, info: ValidationInfo) -> str:
        optional = info.field_name != "listen"
        if split_address(value) is None and (value or not optional) and (optional or unix_path(value) is None):
            raise ValueError("must be HOST:PORT" if optional else "must be HOST:PORT or unix:PATH")
        return value

    @field_validator("data", mode="before")
    @classmethod
    def _check_data(cls, value: object) -> object:
        if value == "":
            raise ValueError("must name a folder; . is the working directory")
        return value

    @field_validator("database")
    @classmethod
    def _check_database(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url:
            check_database(url)
        return value

    @field_validator("public_url", "github_url", "console_url")
    @classmethod
    def _check_url(cls, value: str, info: ValidationInfo) -> str:
        if not re.match(r"^https?://[^/\s?#@]+(/[^\s?#]*)?$", value) and (value or info.field_name == "github_url"):
            raise ValueError("must be http://... or https://..., without a query")
        return value

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        problems = agreement.problems(self)
        if problems:
            raise ValueError("; ".join(problems))
        return self


def load(**overrides: object) -> Settings:
    """Read the settings. Raises ConfigError with every problem, none of which quotes a secret."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        raise ConfigError("\n".join(json_file.problems(error))) from None
