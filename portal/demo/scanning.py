"""The scanner of `settings.PAPER_SCAN` in the demonstration: it knows the harmless test virus and nothing else."""

from portal.core.ports import for_demonstration_only

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test string of the European Institute for Computer Antivirus Research, on which every scanner must strike."""


def knows_eicar(data: bytes) -> str:
    """Raises ImproperlyConfigured outside the demonstration."""
    for_demonstration_only("The demo scanner knows the test virus and nothing else")
    return "Eicar-Test-Signature" if EICAR in data else ""
