"""What the citizen of the walkthrough has at hand: a PDF from the notary, and photos taken with a phone."""

from io import BytesIO

import pypdfium2
from PIL import Image, ImageFilter

from portal.demo.papers import TITLES, specimen
from portal.demo.walkthrough.pages import File

TABLE = (118, 92, 70)  # the paper lies on a wooden table


def scanned(document: str) -> File:
    """The paper as a PDF."""
    return File(f"{TITLES[document]}.pdf", "application/pdf", specimen(document))


def photo(document: str, *, is_sharp: bool = True) -> File:
    """The paper as a JPEG photo, lying a little askew; blurred when the hand shook."""
    sheet = pypdfium2.PdfDocument(specimen(document))[0].render(scale=2.4).to_pil().convert("RGB")
    width, height = sheet.size
    picture = Image.new("RGB", (width + 240, height + 240), TABLE)
    turned = sheet.rotate(2, expand=True, fillcolor=TABLE, resample=Image.Resampling.BICUBIC)
    picture.paste(turned, ((picture.width - turned.width) // 2, (picture.height - turned.height) // 2))
    if not is_sharp:
        picture = picture.filter(ImageFilter.GaussianBlur(9))
    stored = BytesIO()
    picture.save(stored, "JPEG", quality=88)
    return File(f"{TITLES[document]}.jpg", "image/jpeg", stored.getvalue())
