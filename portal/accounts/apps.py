from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    label = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from portal.accounts import alarms, delivery, identity  # noqa: F401  they register their system checks

    def rotate_data_keys(self) -> int:
        """Seal the secrets of the second factor under the newest key; for the command `rotate_data_keys`."""
        from portal.accounts import second_factor

        return second_factor.rotate()
