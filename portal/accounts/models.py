"""People, the offices they work for, and what each may do where."""

from typing import Any, ClassVar, Self

from django.contrib.auth import hashers
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.core.crypto import BlindIndexField, EncryptedTextField
from portal.core.identifiers import uuid7


class Role(models.TextChoices):
    """What a grant allows; the district of the grant says where (none: the whole city)."""

    HELP_DESK = "help_desk", _("Help-desk operator")
    ARCHIVIST = "archivist", _("Archivist")
    REVIEWER = "reviewer", _("Reviewer")
    APPROVER = "approver", _("Approver")
    SIGNATORY = "signatory", _("Signatory")
    AUDITOR = "auditor", _("Auditor")
    ROLLOUT_MANAGER = "rollout_manager", _("Rollout manager")
    NOTARY_CLERK = "notary_clerk", _("Notary clerk")
    COUNTER_CLERK = "counter_clerk", _("Counter clerk")


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(AbstractBaseUser):
    """A person. Citizens sign in by national code, mobile and one-time code; staff by user name, password and TOTP."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(_("user name"), max_length=40, unique=True, null=True, blank=True)
    full_name = models.CharField(_("name"), max_length=120, db_collation="fa-x-icu")
    post = models.CharField(_("post"), max_length=120, blank=True)
    national_code = EncryptedTextField(_("national code"), blank=True)
    national_code_index = BlindIndexField(source="national_code")
    mobile = EncryptedTextField(_("mobile"), blank=True)
    mobile_index = BlindIndexField(source="mobile")
    is_mobile_verified = models.BooleanField(_("mobile is verified"), default=False)
    is_staff_member = models.BooleanField(_("works for the city or an office"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("joined"), auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        constraints = [
            models.UniqueConstraint(
                fields=["national_code_index"],
                condition=Q(national_code_index__isnull=False),
                name="user_national_code_once",
                violation_error_message=_("A person with this national code is already registered."),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def check_password(self, raw_password: str | None) -> bool:
        """Unlike Django's own, never rewrites the stored hash on the way: each change of a person has an entry."""
        return hashers.check_password(raw_password, self.password)

    async def acheck_password(self, raw_password: str | None) -> bool:
        return await hashers.acheck_password(raw_password, self.password)

    @property
    def is_staff(self) -> bool:
        """No admin site for people: rights are `RoleGrant` rows."""
        return False


class Office(models.Model):
    """A notary office (دفتر اسناد رسمی), government counter (پیشخوان), bank branch or public body."""

    class Kind(models.TextChoices):
        NOTARY = "notary", _("Notary office")
        COUNTER = "counter", _("Government counter")
        BANK = "bank", _("Bank branch")
        PUBLIC = "public", _("Public body")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    number = models.CharField(_("number"), max_length=12)
    city = models.CharField(_("city"), max_length=60, default="ارومیه", db_collation="fa-x-icu")
    title = models.CharField(_("title"), max_length=120, db_collation="fa-x-icu")
    district = models.ForeignKey("districts.District", models.PROTECT, null=True, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "city", "number"], name="office_number_once")]

    def __str__(self) -> str:
        return self.title


class Membership(models.Model):
    """A person's work for an office, from a day to a day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    office = models.ForeignKey(Office, models.PROTECT, related_name="memberships")
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(ended_at=None), name="membership_one_open_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.user} — {self.office}"

    @property
    def stream(self) -> str:
        """The ledger stream of the person whose office changes."""
        return f"user/{self.user_id}"

    def recorded(self) -> dict[str, Any]:
        return {"membership": str(self.pk), "office": str(self.office_id)}


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def open(self) -> Self:
        return self.filter(revoked_at=None)


class RoleGrant(models.Model):
    """A role in one district, or citywide when `district` is empty; granted and revoked by ledger entry only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="grants")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    district = models.ForeignKey("districts.District", models.PROTECT, null=True, blank=True)
    granted_at = models.DateTimeField(_("granted"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "district"],
                condition=Q(revoked_at=None),
                nulls_distinct=False,
                name="role_grant_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role} @ {self.district_id or 'city'}"

    @property
    def stream(self) -> str:
        """The ledger stream of the person whose rights change."""
        return f"user/{self.user_id}"

    def recorded(self) -> dict[str, Any]:
        return {"grant": str(self.pk), "role": self.role, "district": str(self.district_id or "")}


class CodeChallenge(models.Model):
    """A one-time code on its way to a mobile. Only its HMAC is kept, bound to one session and one purpose."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in", _("Sign in")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose)
    national_code = EncryptedTextField(_("national code"))
    mobile = EncryptedTextField(_("mobile"))
    digest = models.BinaryField(_("digest"), max_length=32)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    made_at = models.DateTimeField(_("made"), db_index=True)
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tries__lte=5), name="code_challenge_five_tries"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.made_at:%H:%M:%S}"


class Attempt(models.Model):
    """One use of something that is limited. In Postgres, so that limits hold when Redis is gone."""

    key = models.BinaryField(_("key"), max_length=16)
    at = models.DateTimeField(_("at"))

    class Meta:
        indexes = [models.Index(fields=["key", "-at"], name="attempt_newest")]

    def __str__(self) -> str:
        return f"{self.at:%H:%M:%S}"


class SignIn(models.Model):
    """One open or ended session of a person; every request of the session asks whether it is still open."""

    class Factor(models.TextChoices):
        CODE = "code", _("One-time code by text message")
        TOTP = "totp", _("Password and app code")
        RECOVERY = "recovery", _("Password and recovery code")
        DEMO = "demo", _("Demonstration door")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    factor = models.CharField(_("factor"), max_length=10, choices=Factor)
    is_sole = models.BooleanField(_("the only one at a time"), default=False)
    agent = models.CharField(_("browser"), max_length=60, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    seen_at = models.DateTimeField(_("last seen"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=12, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at=None, is_sole=True), name="sign_in_one_open_for_staff"
            )
        ]
        indexes = [models.Index(fields=["user", "-opened_at"], name="sign_in_newest")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.opened_at:%Y-%m-%d %H:%M}"


class Alarm(models.Model):
    """One time during which far too many tries of all people together failed; see `alarms`. About nobody."""

    class Kind(models.TextChoices):
        CODE = "code", _("One-time codes")
        STAFF = "staff", _("Passwords and app codes")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    tries = models.PositiveIntegerField(_("tries"), help_text=_("In the ten minutes that looked worst."))
    failures = models.PositiveIntegerField(_("failures"))
    mailed_at = models.DateTimeField(_("mailed"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(ended_at=None), name="alarm_one_open_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.began_at:%Y-%m-%d %H:%M}"
