"""The one place that reads the environment. Each setting is declared once: name, default, unit, help."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable. `secret` values are never shown in pages or `tandem doctor`."""

    name: str
    default: str
    help: str
    unit: str = ""
    secret: bool = False

    @property
    def value(self) -> str:
        """What the environment says, or the default."""
        return os.environ.get(self.name, self.default)

    @property
    def is_on(self) -> bool:
        """Read as yes or no."""
        return self.value.strip().lower() in {"1", "true", "yes", "on"}

    @property
    def path(self) -> Path:
        """Read as a folder or file."""
        return Path(self.value).expanduser().resolve()


DATA_DIR = Setting("TANDEM_DATA_DIR", "var/tandem", "Folder of the database, the warehouse, rejects and static files.")
DATABASE_URL = Setting(
    "TANDEM_DATABASE_URL",
    "",
    "PostgreSQL address, postgresql://user:password@host:port/name. Empty: SQLite in the data folder.",
    secret=True,
)
SECRET_KEY = Setting(
    "TANDEM_SECRET_KEY",
    "",
    "Key for sessions and signatures, 50 or more random characters. Empty: made once and kept in the data folder.",
    secret=True,
)
REGISTRY_KEYS = Setting(
    "TANDEM_REGISTRY_KEYS",
    "",
    "Keys of the registries' address hashes and of unsubscribe links, 40 or more random characters each, by comma: the "
    "first makes new ones, all of them are recognised. Never drop one: entries and links made with it would no longer "
    "be known. Empty: one is made once and kept in the data folder.",
    secret=True,
)
ALLOWED_HOSTS = Setting(
    "TANDEM_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver", "Host names the web server answers to, by comma."
)
TRUSTED_ORIGINS = Setting(
    "TANDEM_TRUSTED_ORIGINS", "", "Origins with scheme that may post forms (behind a proxy), by comma."
)
HTTPS = Setting("TANDEM_HTTPS", "off", "On: cookies only over HTTPS, HSTS, redirects to HTTPS.")
DEMO = Setting("TANDEM_DEMO", "off", "On: one-click sign-ins for every role, refused unless bound to loopback.")
BIND = Setting("TANDEM_BIND", "127.0.0.1", "Address the web server listens on.")
TIME_ZONE = Setting("TANDEM_TIME_ZONE", "UTC", "Time zone of the company, for days and quarters.")
OIDC_ISSUER = Setting("TANDEM_OIDC_ISSUER", "", "OpenID Connect issuer address for single sign-on. Empty: off.")
OIDC_CLIENT_ID = Setting("TANDEM_OIDC_CLIENT_ID", "", "OpenID Connect client id.")
OIDC_CLIENT_SECRET = Setting("TANDEM_OIDC_CLIENT_SECRET", "", "OpenID Connect client secret.", secret=True)
WAREHOUSE_URL = Setting(
    "TANDEM_WAREHOUSE_URL", "", "Ibis address of an outside warehouse. Empty: DuckDB over Parquet in the data folder."
)
OUTSIDE_HOSTS = Setting(
    "TANDEM_OUTSIDE_HOSTS",
    "",
    "Own hosts that outside calls may reach although they are private or without HTTPS: name or name:port, by comma.",
)
SMTP_URL = Setting(
    "TANDEM_SMTP_URL",
    "",
    "Mail server for outgoing mail, e.g. smtp://user:password@mail.example.com:587?tls=starttls. Empty: none leaves.",
    secret=True,
)
PUBLIC_URL = Setting(
    "TANDEM_PUBLIC_URL",
    "",
    "Address at which people outside reach this installation, for unsubscribe links and webhooks, e.g. "
    "https://tandem.example.com. Empty: the first of TANDEM_TRUSTED_ORIGINS.",
)
DNS_ZONES_DIR = Setting(
    "TANDEM_DNS_ZONES_DIR",
    "",
    "Folder of zone files that are read instead of DNS for the sending domains they are named after, such as "
    "mail.example.com.zone, where DNS can't be asked. Empty: none.",
)
CHECKPOINT_DIR = Setting(
    "TANDEM_CHECKPOINT_DIR",
    "",
    "Folder of the ledger's nightly checkpoints, best where nobody here can change files. Empty: in the data folder.",
)

REGION = Setting(
    "TANDEM_REGION",
    "",
    "Country or region in which this installation keeps its data, such as DE, EEA or US. Empty: not tied to one.",
)
INSTALLATION_NAME = Setting(
    "TANDEM_INSTALLATION", "", "Name by which other installations of the company know this one. Empty: its region."
)
RULEPACKS_DIR = Setting(
    "TANDEM_RULEPACKS_DIR",
    "",
    "Folder of this installation's own rule packs, laid over those of the product at start. Empty: none.",
)
SIGNING_KEY = Setting(
    "TANDEM_SIGNING_KEY",
    "",
    "Private Ed25519 keys that sign the ledger's checkpoints, 64 hexadecimal characters each, by comma: the first "
    "signs, one behind it endorses it. Empty: one is made once and kept in the data folder.",
    secret=True,
)
ANCHOR_FOLDERS = Setting(
    "TANDEM_ANCHOR_FOLDERS",
    "",
    "Folders below which anchors of the ledger may write files and commit to repositories, by comma. Empty: the folder "
    "anchors in the data folder.",
)
SYSTEM_MAIL_URL = Setting(
    "TANDEM_SYSTEM_MAIL_URL",
    "",
    "Mail server for Tandem's own notices, such as checkpoints to an auditor; never for mail to customers: "
    "smtps://user:password@host or smtp://host:25. Empty: none.",
    secret=True,
)
SYSTEM_MAIL_FROM = Setting("TANDEM_SYSTEM_MAIL_FROM", "", "Address that Tandem's own notices come from.")

SETTINGS = (
    DATA_DIR,
    DATABASE_URL,
    SECRET_KEY,
    REGISTRY_KEYS,
    ALLOWED_HOSTS,
    TRUSTED_ORIGINS,
    HTTPS,
    DEMO,
    BIND,
    TIME_ZONE,
    OIDC_ISSUER,
    OIDC_CLIENT_ID,
    OIDC_CLIENT_SECRET,
    WAREHOUSE_URL,
    OUTSIDE_HOSTS,
    SMTP_URL,
    PUBLIC_URL,
    DNS_ZONES_DIR,
    CHECKPOINT_DIR,
    REGION,
    INSTALLATION_NAME,
)
