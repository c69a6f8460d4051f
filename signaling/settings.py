"""Configuration: one TOML file and the environment -> a frozen object, once.

Every key can be given as an environment variable: `VISIOJURY_HTTP__PORT=8443` for `http.port`.
Every key has a default: one machine and nothing else is enough. Source: requirement T5.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings.exceptions import SettingsError as UnreadableVariableError

from auth.oidc import Algorithm
from signaling import secret_files
from signaling.budget import Rate
from signaling.errors import SettingsError

MAX_PORT = 65_535
Port = Annotated[int, Field(ge=0, le=MAX_PORT)]
_TURN_URL = r"^turns?:[A-Za-z0-9.\-\[\]:]+(\?transport=(udp|tcp))?$"
"""Source: RFC 7065 section 3."""
_SECRET_BYTES = 16
_HOST = r"^[A-Za-z0-9.\-]+$"
MAIL_ADDRESS = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\-]{1,64}@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+$"
"""One address, without a name and without quotes. Source: HTML, section 4.10.5.1.5."""
_HOST_PORT = r"^[A-Za-z0-9.\-]+(:[0-9]{1,5})?$"


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HTTP(Section):
    host: str = "127.0.0.1"
    port: Port = 8080
    """0: any free port."""
    origins: tuple[str, ...] = ()
    """Where browsers find us, first the public one; empty: http(s)://<host>:<port>."""
    certificate: Path | None = None
    """PEM file of the chain, with `key`: the server speaks TLS itself. None: a front does."""
    key: Path | None = None
    trusted_fronts: tuple[IPvAnyNetwork, ...] = ()
    """Whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."""

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate et key vont ensemble")
        return self

    def public_origins(self, port: int) -> tuple[str, ...]:
        """Return the origins of a server that listens on `port`."""
        scheme = "http" if self.certificate is None else "https"
        return self.origins or (f"{scheme}://{self.host}:{port}",)

    @field_validator("origins")
    @classmethod
    def _plain_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            parts = urlsplit(origin)
            is_plain = origin == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc
            if parts.scheme not in {"http", "https"} or not parts.netloc or not is_plain:
                raise ValueError("une adresse n’est pas de la forme https://hôte[:port]")
        return value


class Allowance(Section):
    """A rate with a burst."""

    per_s: Annotated[float, Field(gt=0)]
    burst: Annotated[float, Field(ge=1)]

    @property
    def rate(self) -> Rate:
        return Rate(self.per_s, self.burst)


class Limits(Section):
    """What one source may ask of the HTTP API; whole offices share an address."""

    address: Allowance = Allowance(per_s=100, burst=1_000)
    account: Allowance = Allowance(per_s=20, burst=200)
    sign_in: Allowance = Allowance(per_s=1, burst=60)
    """Attempts with a link or a code, per address."""
    invitation: Allowance = Allowance(per_s=0.5, burst=100)
    """Links that one person makes anew: a code costs a tenth of a second of one core."""
    body_s: Annotated[float, Field(gt=0)] = 30.0
    """Seconds that a request's body may take to arrive; a file of 10 MiB in it wants 3 Mbit/s."""


class Metrics(Section):
    host: str = "127.0.0.1"
    port: Port = 9464


class Health(Section):
    """What `/readyz` asks of the machine."""

    free_mib: Annotated[int, Field(ge=0)] = 200
    """Room that is left on the disk of `data`."""
    ntp: Annotated[str, Field(pattern=_HOST_PORT)] | None = None
    """A source of time that the clock is compared with; None: it is not."""
    clock_s: Annotated[float, Field(gt=0)] = 0.5
    """By how much the clock may be off."""


class Cluster(Section):
    """Several servers that share one PostgreSQL and the directory `data`."""

    address: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+$")] | None = None
    """Where the others reach this server, and its name among them; None: it is alone."""


class Relay(Section):
    host: str = "127.0.0.1"
    port: Port = 40_000
    """UDP, and TCP for networks without UDP; each further process has the next."""
    announce: tuple[str, ...] = ("127.0.0.1",)
    """Addresses at which browsers reach that port."""
    processes: Annotated[int, Field(ge=0, le=64)] | Literal["auto"] = 1
    """Relays that the server starts and watches; `auto`: one per core."""
    sockets: tuple[Path, ...] = ()
    """Control sockets of relays that run alone (`visiojury relay`)."""

    def count(self) -> int:
        """Return how many relays the server starts."""
        return len(os.sched_getaffinity(0)) if self.processes == "auto" else self.processes

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if self.processes == 0 and not self.sockets:
            raise ValueError("il faut au moins un relais : processes ou sockets")
        if self.port and self.port + self.count() - 1 > MAX_PORT:
            raise ValueError("port trop haut pour autant de relais")
        return self


class TURN(Section):
    """The TURN server that browsers may go through (deploy/turn); its addresses and secret."""

    urls: tuple[Annotated[str, Field(pattern=_TURN_URL)], ...] = ()
    secret_file: Path | None = None
    """Holds the secret shared with it, and nothing else."""
    only: bool = False
    """Every browser goes through it, whatever else it could reach."""

    @model_validator(mode="after")
    def _whole_or_none(self) -> Self:
        if bool(self.urls) != (self.secret_file is not None):
            raise ValueError("urls et secret_file vont ensemble")
        if self.only and not self.urls:
            raise ValueError("only demande urls et secret_file")
        return self

    def secret(self) -> bytes:
        """Return the shared secret; empty where there is no TURN server. Raises: SettingsError."""
        if self.secret_file is None:
            return b""
        secret = secret_files.read("turn.secret_file", self.secret_file).encode()
        if len(secret) < _SECRET_BYTES:
            raise SettingsError(
                f"turn.secret_file : {self.secret_file} contient moins de {_SECRET_BYTES} "
                "caractères. Tirez-en un au hasard : openssl rand -hex 32"
            )
        return secret


class Documents(Section):
    templates: Path | None = None
    """Directory of the installation's own letterhead, wording and fonts."""
    certificate: Path | None = None
    """PKCS#12 file that documents are signed with."""
    password: Path | None = None
    """File that holds the certificate's password."""


class Timestamp(Section):
    """The authority that stamps seals (RFC 3161); both or none."""

    url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    certificates: Path | None = None
    """PEM file of its root certificates."""

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.url is None) != (self.certificates is None):
            raise ValueError("url et certificates vont ensemble")
        return self


class OpenID(Section):
    """The OpenID provider at which agents and examiners sign in (ProConnect); all or none."""

    issuer: str | None = None
    client_id: str | None = None
    client_secret_file: Path | None = None
    """Holds the secret that the provider gave this installation, and nothing else."""
    acr: tuple[Annotated[str, Field(pattern=r"^[!-~]{1,200}$")], ...] = ()
    """Levels of assurance that are accepted."""
    high_acr: tuple[str, ...] = ()
    """Those of them that an organiser may accept in place of a document."""
    scope: str = "openid"
    algorithm: Algorithm = "RS256"
    """What the provider signs ID tokens and userinfo with."""

    @model_validator(mode="after")
    def _whole_or_none(self) -> Self:
        given = {bool(one) for one in (self.issuer, self.client_id, self.client_secret_file)}
        if given | {bool(self.acr)} == {True, False}:
            raise ValueError("issuer, client_id, client_secret_file et acr vont ensemble")
        if not set(self.high_acr) <= set(self.acr):
            raise ValueError("high_acr ne contient que des niveaux de acr")
        return self

    @field_validator("issuer")
    @classmethod
    def _secure(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        is_here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
        if value is not None and not is_here and (parts.scheme != "https" or not parts.netloc):
            raise ValueError("issuer est une adresse https://")
        return value

    def secret(self) -> str:
        """Return the client's secret; empty where there is no provider. Raises: SettingsError."""
        if self.client_secret_file is None:
            return ""
        return secret_files.read("openid.client_secret_file", self.client_secret_file)


class SMTP(Section):
    """The mail server that takes invitations; without one they are copied or photographed."""

    host: Annotated[str, Field(pattern=_HOST)] | None = None
    port: Annotated[int, Field(ge=1, le=MAX_PORT)] = 587
    security: Literal["starttls", "tls"] = "starttls"
    """How the connection is encrypted, which it always is: a link in it lets a person in."""
    sender: Annotated[str, Field(pattern=MAIL_ADDRESS)] | None = None
    """Address that mail comes from, and that what cannot be delivered returns to."""
    user: str | None = None
    password_file: Path | None = None
    """Holds the password of `user`, and nothing else."""
    certificates: Path | None = None
    """PEM file of the authorities that the server is checked with; None: the system's."""
    timeout_s: Annotated[float, Field(gt=0, le=20)] = 15.0
    """For the whole of one mail: somebody waits for the answer."""

    @model_validator(mode="after")
    def _whole_or_none(self) -> Self:
        if (self.host is None) != (self.sender is None):
            raise ValueError("host et sender vont ensemble")
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user et password_file vont ensemble")
        return self

    def password(self) -> str:
        """Return the password of `user`; empty where there is none. Raises: SettingsError."""
        if self.password_file is None:
            return ""
        return secret_files.read("smtp.password_file", self.password_file)


@dataclass(frozen=True, slots=True)
class SharedSecrets:
    """What other services know too, read from their files once."""

    turn: bytes = field(repr=False)
    openid: str = field(repr=False)
    smtp: str = field(repr=False)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="VISIOJURY_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    data: Path = Path("var")
    """Directory of the record and the keys; made if it is not there."""
    database: str | None = None
    """Path of a SQLite file, or URL of a PostgreSQL database; None: record.db in `data`."""
    database_password_file: Path | None = None
    """Holds the password of PostgreSQL, and nothing else."""
    installation_key: Path | None = None
    """Holds the installation's key, PKCS#8 in PEM; None: made in `keys` at the first start."""
    reference: Path | None = None
    """Directory of the installation's own reference data; None: ours alone (docs/reference.md)."""
    drain_s: Annotated[float, Field(ge=0)] = 5400.0
    """How long a server that was asked to stop (SIGTERM) waits for the sittings that run."""
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = "info"
    http: HTTP = HTTP()
    limits: Limits = Limits()
    metrics: Metrics = Metrics()
    health: Health = Health()
    cluster: Cluster = Cluster()
    relay: Relay = Relay()
    turn: TURN = TURN()
    documents: Documents = Documents()
    timestamp: Timestamp = Timestamp()
    openid: OpenID = OpenID()
    smtp: SMTP = SMTP()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    @field_validator("database")
    @classmethod
    def _without_password(cls, value: str | None) -> str | None:
        if value is not None and "://" in value and urlsplit(value).password:
            raise ValueError("le mot de passe se met dans database_password_file")
        return value

    @field_validator("cluster")
    @classmethod
    def _fit_for_several(cls, value: Cluster, info: ValidationInfo) -> Cluster:
        if value.address is None:
            return value
        if "://" not in (info.data.get("database") or ""):
            raise ValueError("address demande une base PostgreSQL (database)")
        if not getattr(info.data.get("http"), "origins", ()):
            raise ValueError("address demande http.origins, les mêmes sur tous les serveurs")
        return value

    @property
    def record(self) -> str | Path:
        """Where the record is kept: a path, or the URL of a PostgreSQL database."""
        if self.database is None:
            return self.data / "record.db"
        return self.database if "://" in self.database else Path(self.database)

    def database_password(self) -> str | None:
        """Return the password of PostgreSQL, if there is one. Raises: SettingsError."""
        if self.database_password_file is None:
            return None
        return secret_files.read("database_password_file", self.database_password_file)

    def shared_secrets(self) -> SharedSecrets:
        """Return the secrets shared with other services. Raises: SettingsError."""
        return SharedSecrets(
            turn=self.turn.secret(), openid=self.openid.secret(), smtp=self.smtp.password()
        )

    @property
    def keys(self) -> Path:
        return self.data / "keys"


def load(path: Path | None) -> Settings:
    """Return the settings of a TOML file (None: defaults) and the environment.

    Relative paths in the file are relative to it.

    Raises:
        SettingsError: unreadable, not TOML, or a setting is unknown or wrong.
    """
    values = {} if path is None else _read(path)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise SettingsError(_explain(path, error)) from None
    except UnreadableVariableError as error:
        # Its text names the field and not the value; its cause would quote the value.
        raise SettingsError(
            f"Une variable d’environnement VISIOJURY_… n’est pas lisible ({error}) : une liste "
            'ou une section s’y écrit en JSON, par exemple ["https://exam.example"].'
        ) from None
    return _beside(Path() if path is None else path.resolve().parent, settings)


def _beside(folder: Path, settings: Settings) -> Settings:
    """Return the settings with their relative paths taken from `folder`. Raises: SettingsError."""
    update = _paths(
        folder,
        data=settings.data,
        reference=settings.reference,
        database_password_file=settings.database_password_file,
        installation_key=settings.installation_key,
    )
    if settings.database is not None and "://" not in settings.database:
        update["database"] = str(folder / settings.database)
    http = settings.http
    update["http"] = http.model_copy(
        update=_paths(folder, certificate=http.certificate, key=http.key)
    )
    update["relay"] = settings.relay.model_copy(
        update={"sockets": tuple(folder / path for path in settings.relay.sockets)}
    )
    documents = settings.documents
    update["documents"] = documents.model_copy(
        update=_paths(
            folder,
            templates=documents.templates,
            certificate=documents.certificate,
            password=documents.password,
        )
    )
    if settings.turn.secret_file is not None:
        secret_file = secret_files.located(folder, settings.turn.secret_file)
        update["turn"] = settings.turn.model_copy(update={"secret_file": secret_file})
    if settings.timestamp.certificates is not None:
        certificates = folder / settings.timestamp.certificates
        update["timestamp"] = settings.timestamp.model_copy(update={"certificates": certificates})
    if settings.openid.client_secret_file is not None:
        secret_file = secret_files.located(folder, settings.openid.client_secret_file)
        update["openid"] = settings.openid.model_copy(update={"client_secret_file": secret_file})
    smtp = settings.smtp
    update["smtp"] = smtp.model_copy(
        update=_paths(folder, password_file=smtp.password_file, certificates=smtp.certificates)
    )
    return settings.model_copy(update=update)


def _paths(folder: Path, **paths: Path | None) -> dict[str, Any]:
    return {
        name: secret_files.located(folder, path) for name, path in paths.items() if path is not None
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"{path} : fichier de configuration illisible ({error.strerror}). "
            "Indiquez un fichier existant avec --config."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} : ce n’est pas du TOML valide : {error}") from None


def _explain(path: Path | None, error: ValidationError) -> str:
    """Name each setting and what is wrong with it, never its value: it may be a secret."""
    where = "configuration" if path is None else str(path)
    lines = [
        f"{where} : réglage {'.'.join(str(part) for part in item['loc'])} : {_reason(item)}"
        for item in error.errors(include_input=False, include_url=False)
    ]
    return "\n".join(lines)


def _reason(item: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails, open by nature
    if item["type"] == "extra_forbidden":
        return "inconnu ; retirez-le ou corrigez son nom (docs/configuration.md)"
    return f"valeur refusée ({item['msg']}) ; corrigez-la"
