"""Django's settings, from `environment`. No other module reads the environment."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from tandem.config import environment as env

PACKAGE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.DATA_DIR.path
WAREHOUSE_DIR = DATA_DIR / "warehouse"
SMTP_URL = env.SMTP_URL.value
CHECKPOINT_DIR = env.CHECKPOINT_DIR.path if env.CHECKPOINT_DIR.value else DATA_DIR / "checkpoints"
RULEPACKS_DIR = env.RULEPACKS_DIR.path if env.RULEPACKS_DIR.value else None
WAREHOUSE_URL = env.WAREHOUSE_URL.value
DEMO_MODE = env.DEMO.is_on
BIND_ADDRESS = env.BIND.value
DEBUG = False
DECLARED = env.SETTINGS
REGION = env.REGION.value.strip()
INSTALLATION_NAME = env.INSTALLATION_NAME.value.strip()
INSTALLATION_KEY_FILE = DATA_DIR / "installation_key"  # made when a partner's file or a roll-up first needs it


def _secret_key() -> str:
    """The configured key, or one made on the first start and kept readable by the owner only."""
    if env.SECRET_KEY.value:
        return env.SECRET_KEY.value
    file = DATA_DIR / "secret_key"
    if not file.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(64))
    return file.read_text().strip()


def _registry_keys() -> list[str]:
    """The configured keys, the one in use first; or one made on the first start and kept readable by the owner only."""
    if env.REGISTRY_KEYS.value:
        return _listed(env.REGISTRY_KEYS.value)
    file = DATA_DIR / "registry_keys"
    if not file.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        made = DATA_DIR / f"registry_keys.{secrets.token_hex(8)}"
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48) + "\n")
        with suppress(FileExistsError):  # another process that starts at the same moment was first: its key stands
            file.hardlink_to(made)
        made.unlink()
    return file.read_text().split()


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _database(url: str) -> dict[str, object]:
    """SQLite tuned for one writer and many readers, or PostgreSQL with a connection pool."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "tandem.sqlite3",
            "TEST": {"NAME": DATA_DIR / "test.sqlite3"},  # a file, so that tests see real locks
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON;"
                    "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456;"
                ),
            },
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "timeout": 20}},
    }


def single_sign_on(issuer: str, client_id: str, secret: str) -> dict[str, object]:
    """What allauth has to know of the provider; empty without an issuer. PKCE always."""
    if not issuer.strip():
        return {}
    app = {
        "provider_id": "sso",
        "name": "Single sign-on",
        "client_id": client_id,
        "secret": secret,
        "settings": {"server_url": issuer.strip().rstrip("/"), "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app]}}


SECRET_KEY = _secret_key()
REGISTRY_KEYS = _registry_keys()
ALLOWED_HOSTS = _listed(env.ALLOWED_HOSTS.value)
CSRF_TRUSTED_ORIGINS = _listed(env.TRUSTED_ORIGINS.value)
PUBLIC_URL = (env.PUBLIC_URL.value.strip() or next(iter(CSRF_TRUSTED_ORIGINS), "")).rstrip("/")
DNS_ZONES_DIR = env.DNS_ZONES_DIR.value.strip()
OUTSIDE_HOSTS = _listed(env.OUTSIDE_HOSTS.value.lower())
SIGNING_KEYS = _listed(env.SIGNING_KEY.value)
SIGNING_KEY_FILE = DATA_DIR / "signing_key"  # made when the first checkpoint is signed
ANCHOR_FOLDERS = [Path(part).expanduser().resolve() for part in _listed(env.ANCHOR_FOLDERS.value)] or [
    DATA_DIR / "anchors"
]
SYSTEM_MAIL_URL = env.SYSTEM_MAIL_URL.value
SYSTEM_MAIL_FROM = env.SYSTEM_MAIL_FROM.value
DATABASES = {"default": _database(env.DATABASE_URL.value)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "tandem.core",
    "tandem.access",
    "tandem.compliance",
    "tandem.accounts",
    "tandem.agents",
    "tandem.intent",
    "tandem.prospecting",
    "tandem.engagement",
    "tandem.console",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "rules",
    "csp",
    "ninja",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tandem.access.web.middleware.ActorMiddleware",
    "tandem.core.error_pages.ErrorPagesMiddleware",
]

ROOT_URLCONF = "tandem.config.urls"
WSGI_APPLICATION = "tandem.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "tandem.console.web.context.shell",
            ],
            "builtins": ["tandem.core.templatetags.parts", "django.templatetags.static"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

AUTH_USER_MODEL = "access.Person"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "tandem.access.web.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "tandem.access.web.adapters.SocialAccountAdapter"
# Per address and key, so that a stranger's failed tries never lock a person out everywhere.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip"}
MFA_ADAPTER = "tandem.access.web.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
SOCIALACCOUNT_PROVIDERS = single_sign_on(env.OIDC_ISSUER.value, env.OIDC_CLIENT_ID.value, env.OIDC_CLIENT_SECRET.value)

LANGUAGE_CODE = "en"
TIME_ZONE = env.TIME_ZONE.value
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [DATA_DIR / "build"]  # what set-up makes: the chart bundle
WHITENOISE_USE_FINDERS = True  # straight from the packages; nothing has to be collected
WHITENOISE_AUTOREFRESH = False
SILENCED_SYSTEM_CHECKS = ["staticfiles.W004"]  # the folder is made by set-up, which comes after the first check

SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "tandem.core.error_pages.form_expired"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
if env.HTTPS.is_on:
    SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "img-src": [SELF, "data:"],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"tandem": {"level": "INFO"}, "django.security": {"level": "ERROR"}},
}
