"""Move committed events to the workers: wakes at NOTIFY, sweeps in between. `manage.py relay`."""

import select
import time
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, connection
from kombu.exceptions import OperationalError as BrokerDown

from portal.celery import app
from portal.outbox.models import RESEND_AFTER
from portal.outbox.publish import CHANNEL, relay_due

SWEEP_S = 15
REST_S = 2


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Send what is due now and stop.")

    def handle(self, *args: Any, once: bool = False, **options: Any) -> None:
        if once:
            self.drain()
            return
        while True:
            try:
                self.listen()
            except (OperationalError, InterfaceError, BrokerDown, ConnectionError, OSError) as error:
                # Postgres or the broker is away. Events wait in the table; nothing is lost by waiting.
                self.stderr.write(f"relay: {type(error).__name__}, trying again")
                connection.close()
                time.sleep(REST_S)

    def listen(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        self.drain()
        while True:
            raw = connection.connection
            if select.select([raw], [], [], SWEEP_S)[0]:
                raw.poll()
                raw.notifies.clear()
            self.drain()

    def drain(self) -> None:
        with app.producer_pool.acquire(block=True) as producer:

            def send(receipt_id: UUID) -> None:
                # A copy ends when the next one may be sent, so that copies do not pile up while no worker is there.
                copy_ends = RESEND_AFTER.total_seconds()
                app.send_task(
                    "outbox.deliver", args=[str(receipt_id)], producer=producer, retry=False, expires=copy_ends
                )

            while relay_due(send):
                pass
