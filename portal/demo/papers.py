"""Papers for the demonstration: a letter, an identity card, a deed, each marked as a specimen."""

from functools import cache
from io import BytesIO

from django.template.loader import render_to_string

from portal.casework import storage, uploads
from portal.casework.uploads import CleanUpload

TITLES = {
    "inquiry_letter": "نامهٔ استعلام دفترخانه",
    "identity": "کارت ملی و شناسنامه",
    "title_deed": "سند مالکیت",
    "representation": "وکالت‌نامه",
}


@cache
def specimen(document: str) -> bytes:
    """A one-page PDF that looks like the paper and says that it is a specimen."""
    from weasyprint import HTML

    return HTML(string=render_to_string("demo/specimen.html", {"title": TITLES[document]})).write_pdf()


@cache
def received(document: str) -> CleanUpload:
    """The specimen after the same checks that an upload of a citizen goes through; stored."""
    clean = uploads.clean(BytesIO(specimen(document)), declared_type="application/pdf", name=f"{TITLES[document]}.pdf")
    storage.put(clean.cleaned)
    return clean
