"""All settings, read from the environment; safe when nothing is set.

Legal numbers (fees, deadlines, validity) are rows of `portal.catalogue`, never settings.
`DEMO=1` is the only switch that opens demo doors, and it serves loopback addresses only.
"""

from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# --- The switch and the secrets ------------------------------------------------------------------------------------

DEBUG = False
DEMO = env.bool("DEMO", False)
SECRET_KEY = env.str("SECRET_KEY")  # no default: refuse to start without one
DATA_KEYS = env.list("DATA_KEYS")  # urlsafe base64, 32 bytes each, newest first; see docs/operations.md
BLIND_INDEX_KEY = env.str("BLIND_INDEX_KEY")
SEAL_KEY = env.str("SEAL_KEY")  # keys the inner band of the stamp
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
LOOPBACK_HOSTS = {"127.0.0.1", "localhost", "[::1]", "testserver"}
if DEMO and not set(ALLOWED_HOSTS) <= LOOPBACK_HOSTS:
    raise ImproperlyConfigured("DEMO=1 opens one-click sign-in; it may serve loopback addresses only.")
PUBLIC_URL = env.str("PUBLIC_URL", "http://127.0.0.1:8000")  # printed in the QR of each certificate
SECURE = PUBLIC_URL.startswith("https://")

# --- What runs -----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",  # the form renderer below looks for its templates among the apps
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "portal.core",
    "portal.catalogue",
    "portal.ledger",
    "portal.outbox",
    "portal.accounts",
    "portal.workflow",
    "districts",
    "portal.parcels",
    "portal.casework",
    "portal.documents",
    "portal.verification",
    "inquiries",
    "commissions",
    "portal.oversight",
    "portal.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.core.middleware.SafeHeaders",
    # Outside the session: a page of an error that arises in the session or the actor has its headers as well.
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.core.middleware.PersianFirst",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.accounts.middleware.SessionMiddleware",
    "portal.accounts.middleware.ActorMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
WIRING = "portal.wiring"  # imported once the apps are ready: the map of workflows and events
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["portal.core.templatetags.ui", "django.templatetags.i18n", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "portal.accounts.context.frame",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Postgres, Valkey, Celery --------------------------------------------------------------------------------------

_database = env.db("DATABASE_URL", "postgres://portal@/portal")
_options = _database.setdefault("OPTIONS", {})
_database["HOST"] = _options.pop("host", None) or _database.get("HOST", "")
_options["connect_timeout"] = 3
# Time-outs everywhere (reliability.md 3.2.9); milliseconds.
_options["options"] = (
    "-c statement_timeout=30000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000"
    " -c synchronous_commit=on"
)
DATABASES = {"default": {**_database, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}

_redis = env.str("REDIS_URL", "redis://127.0.0.1:6379")


def _redis_url(number: int, *, broker: bool = False) -> str:
    """The URL of one logical database of the server; sockets are spelt differently by kombu and by redis-py."""
    if _redis.startswith("unix://"):
        path = _redis.removeprefix("unix://").split("?")[0]
        return f"redis+socket://{path}?virtual_host={number}" if broker else f"unix://{path}?db={number}"
    base = _redis.rstrip("/").rsplit("/", 1)[0] if _redis.count("/") > 2 else _redis
    return f"{base}/{number}"


CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": _redis_url(1),
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    },
}
CELERY_BROKER_URL = _redis_url(0, broker=True)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT, CELERY_TASK_SOFT_TIME_LIMIT = 60, 50
# The visibility time-out must exceed the time limit, or a slow task runs twice.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "forget": {"task": "portal.accounts.tasks.forget_old", "schedule": 3600.0},
    "watch failed tries": {"task": "portal.accounts.tasks.watch_tries", "schedule": 60.0},
    "close what waited too long": {"task": "portal.casework.tasks.sweep_deadlines", "schedule": 300.0},
    "remove orphaned files": {"task": "portal.documents.tasks.sweep_orphans", "schedule": 24 * 3600.0},
    "forget forms and effects": {"task": "portal.workflow.tasks.forget_old", "schedule": 86400.0},
    "empty the quarantine": {"task": "portal.casework.tasks.sweep_quarantine", "schedule": 86400.0},
    "seal who opened what": {"task": "portal.casework.tasks.seal_openings", "schedule": 600.0},
    "end validity": {"task": "portal.documents.tasks.sweep_validity", "schedule": 300.0},
}

# --- People --------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "accounts:home"
LOGOUT_REDIRECT_URL = "oversight:home"

SESSION_ENGINE = "django.contrib.sessions.backends.db"  # Redis holds nothing that cannot be lost
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if SECURE else []
# The callable (mobile, code, purpose) that sends text messages; without one the portal refuses to start.
CODE_DELIVERY = env.str("CODE_DELIVERY", "portal.demo.inbox.deliver" if DEMO else "")
# Asks whether a mobile is held by a person: (national code, mobile) -> bool.
IDENTITY_CHECK = env.str("IDENTITY_CHECK", "portal.demo.identity.believe" if DEMO else "")
# Scans each paper that is sent: bytes -> name of what was found, or "". `portal.casework.scanning.clamd` asks clamd.
PAPER_SCAN = env.str("PAPER_SCAN", "portal.demo.scanning.knows_eicar" if DEMO else "")
CLAMD = env.str("CLAMD", "clamav:3310")  # host:port, or the path of a socket

ACCOUNT_ADAPTER = "portal.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_LOGIN_METHODS = {"username"}
MFA_ADAPTER = "portal.accounts.adapter.MFAAdapter"
MFA_TOTP_ISSUER = "Shahrvandsepari"
MFA_TOTP_TOLERANCE = 1  # periods of 30 s either way

# Wrong passwords, counted in Postgres: five by one name from one address, then fifteen minutes of rest.
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_USERNAME_CALLABLE = "portal.accounts.limits.axes_username"
AXES_CLIENT_IP_CALLABLE = "portal.accounts.limits.client_address"
AXES_LOCKOUT_CALLABLE = "portal.accounts.views.locked_out"

# After two failures: 16 searches for so many zero bits. 14 is a quarter of a million SHA-256: a second on a phone.
PUZZLE_BITS = env.int("PUZZLE_BITS", 14)
# An alarm: of at least so many tries of everybody in ten minutes, so many in a hundred failed.
ALARM_TRIES, ALARM_FAILED_PERCENT = env.int("ALARM_TRIES", 50), env.int("ALARM_FAILED_PERCENT", 50)
STEP_UP_AGE_S = env.int("STEP_UP_AGE_S", 300)  # how long a fresh second factor lasts for approving and signing

# --- Mail: to the operators only, when an alarm is raised ----------------------------------------------------------

ADMINS = [("", address) for address in env.list("ADMINS", default=[])]
_mail = env.email_url_config(env.str("EMAIL_URL", "") or "smtp://localhost:25")
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_BACKEND"], _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"], _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.get("EMAIL_USE_TLS", False), _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 5  # seconds
SERVER_EMAIL = env.str("SERVER_EMAIL", "portal@localhost")
EMAIL_SUBJECT_PREFIX = "[shahrvandsepari] "

# --- Headers (reliability.md 4.7) ----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "require-trusted-types-for": ["'script'"],
    }
}
X_FRAME_OPTIONS = "DENY"
# "no-referrer" would make browsers send "Origin: null" with every form, which the CSRF check must refuse.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = SECURE and env.bool("SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])  # whose X-Forwarded-For is believed

# --- Language and time ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = "fa"
LANGUAGES = [("fa", _("Persian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_HTTPONLY = True
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Tehran"

# --- Files ---------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BASE_DIR / ".run" / "static")))
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(BASE_DIR / ".run" / "media")))
PKI_DIR = Path(env.str("PKI_DIR", str(BASE_DIR / ".run" / "pki")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    "papers": {
        "BACKEND": "portal.casework.storage.DurableFileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT / "papers"},
    },
    "quarantine": {
        "BACKEND": "portal.casework.storage.DurableFileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT / "quarantine"},
    },
}
FILE_UPLOAD_HANDLERS = ["portal.casework.uploads.BoundedUploadHandler"]  # in memory only: no plain paper on the disk
DATA_UPLOAD_MAX_NUMBER_FILES = 6  # × 5 MB is the most that one request may hold
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20

# --- Logs: no personal data, one line an event ---------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"mask_codes": {"()": "portal.verification.logs.MaskCodes"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["mask_codes"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "axes": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        "pyhanko": {"level": "WARNING"},
    },
}
