"""What the demonstration keeps: the text messages that would have gone to invented phones."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.crypto import BlindIndexField, EncryptedTextField
from portal.core.identifiers import uuid7


class DemoMessage(models.Model):
    """A text message to an invented mobile; written only when settings.DEMO is on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    mobile = EncryptedTextField(_("mobile"))
    mobile_index = BlindIndexField(source="mobile")
    code = EncryptedTextField(_("code"), blank=True)
    purpose = models.CharField(_("purpose"), max_length=20)
    made_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["-made_at"], name="demo_message_newest")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.made_at:%H:%M:%S}"
