"""manage.py walkthrough --out FOLDER: the main job from end to end, over HTTP, against the portal at $PORTAL_URL."""

import os
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from portal.demo.walkthrough.camera import Camera
from portal.demo.walkthrough.diary import Diary, StoryBroken
from portal.demo.walkthrough.story import Story, people


class Command(BaseCommand):
    help = "Take one inquiry from filing to the verified certificate as its people would; 1 when a step fails."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="folder for certificate, story and pictures")

    def handle(self, *, out: Path, **_options: Any) -> None:
        portal = os.environ.get("PORTAL_URL", "").rstrip("/")
        if not portal:
            raise CommandError("PORTAL_URL names no running portal; `make walkthrough` starts one and sets it.")
        out.mkdir(parents=True, exist_ok=True)
        begun, diary = time.monotonic(), Diary(self.say)
        heading = f"Walkthrough of {portal} on {timezone.localdate().isoformat()}"
        try:
            with translation.override("fa"), Camera(out / "screenshots", self.say) as camera:
                self.say(f"{heading}; what it leaves: {out}")
                if not camera.is_ready:
                    self.say("screenshots: not taken (no Chromium)")
                Story(portal, out, camera, diary).tell()
        except StoryBroken as broken:
            (out / "failure.html").write_bytes(broken.page.body)
            raise CommandError(f"{broken}\n  kept: {out / 'failure.html'}") from broken
        finally:
            diary.write(out / "story.txt", f"{heading}\n\n{people()}")
        self.say(f"all {len(diary.steps)} steps were seen to work, in {time.monotonic() - begun:.0f} s")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
