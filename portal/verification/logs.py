"""Keeps verification codes out of the logs: Django names the path of every refused request."""

import logging
import re

_CODE = re.compile(r"(/v/[^/\s]+/)[^/\s'\"]+", re.IGNORECASE)


class MaskCodes(logging.Filter):
    """Writes `/V/SERIAL/-` for the address in a QR; a filter of the handler, so it meets every logger."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if _CODE.search(message):
            record.msg, record.args = _CODE.sub(r"\1-", message), ()
        return True
