"""The byte form of a snapshot is that of `portal.core.canonical`; here stands what the paper prints of its digest.

Not the PDF is hashed (it contains the record) but the record: anyone can detach the JSON from the paper and compare.
"""


def printed_digest(full: str) -> str:
    """The first 16 hex digits in capitals: what the paper prints and the QR carries."""
    return full[:16].upper()
