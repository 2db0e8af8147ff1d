"""Weeks of the schedule: fresh rows, a restated month, a failing platform, a drifted world, a broken fit."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from mediamix.project.runs import current, promote
from mediamix.testing.platforms.base import World, WorldAccount
from mediamix.testing.platforms.tiktok import TikTokServer
from mediamix.training.record import PROMOTED, SAME, WAITS, Training, all_trainings
from mediamix.training.train import train
from training.catching import Hook, Mailbox, mail_server, webhook
from training.world import BROKEN, SPEC, Shop, tools

ACCOUNT = "1000000001"


def sections(mail: Mailbox, platform: TikTokServer, since: str) -> str:
    return f"""\
sources: {{tiktok: {{since: {since}, endpoint: "{platform.endpoint}"}}}}
schedule: {{time_zone: UTC}}
alerts:
  link: https://mmm.example.com
  mail: {{host: 127.0.0.1, port: {mail.port}, security: none, sender: mediamix@example.com}}
  to:
    analysts: {{email: [ann@example.com]}}
    marketing: {{webhook: SLACK_URL, about: [drift, plan]}}
"""


class Weeks:
    """A shop that is trained every Sunday, and what its people hear of it."""

    def __init__(self, shop: Shop, mail: Mailbox, hook: Hook, platform: TikTokServer) -> None:
        self.shop, self.mail, self.hook, self.platform = shop, mail, hook, platform
        self.environment = {**platform.secrets, "SLACK_URL": hook.url}

    def sunday(self, weeks: int) -> tuple[Training, list[str], list[str]]:
        """Train on so many weeks; what happened, and what ann and marketing are told."""
        mails, hooks = len(self.mail.mails), len(self.hook.texts)
        now = self.shop.deliver(weeks)
        training = train(self.shop.project, who="cron", tools=tools(now, self.environment))
        return training, self.mail.texts()[mails:], self.hook.texts[hooks:]


@pytest.fixture
def weeks(tmp_path: Path):
    shop = Shop(tmp_path / "shop")
    since = shop.deliver(80) - timedelta(days=20)
    world = World(
        since.date(),
        since.date() + timedelta(days=400),
        accounts=(WorldAccount(ACCOUNT, "Nordwind", "EUR", "Europe/Berlin"),),
        campaigns=1,
    )
    with mail_server() as mail, webhook() as hook, TikTokServer(world) as platform:
        (shop.root / "mediamix.yml").write_text(SPEC + sections(mail, platform, f"{since:%Y-%m-%d}"))
        yield Weeks(shop, mail, hook, platform)


def test_weeks_of_the_schedule(weeks: Weeks) -> None:
    shop, platform = weeks.shop, weeks.platform

    first, mails, hooks = weeks.sunday(80)
    assert [step.state for step in first.steps] == ["done"] * 8, first
    assert (first.decision, current(shop.project)) == (PROMOTED, first.run)
    assert (mails, hooks) == ([], [])

    # Fresh rows, and a month that the platform has restated.
    day = next(row for row in platform.world.rows(ACCOUNT, shop.day(79), shop.day(80)))
    platform.world.restate(ACCOUNT, day.date, day.campaign_id, spend=day.spend + Decimal(900_000))
    second, mails, hooks = weeks.sunday(81)
    assert (second.decision, current(shop.project)) == (PROMOTED, second.run)
    assert second.run != first.run
    (text,) = mails
    assert "tiktok: " in text
    assert "EUR 900,000.00" in text
    assert "What to do:" in text
    assert "https://mmm.example.com/data" in text
    assert hooks == []

    # The platform fails: the others go on, the run waits, and it is told once.
    platform.faults.from_now_on("error")
    third, mails, hooks = weeks.sunday(82)
    assert third.refused == ("tiktok",)
    assert third.decision == WAITS
    assert current(shop.project) == second.run
    (text,) = mails
    assert "nothing (more) came from tiktok" in text
    assert "its last days count as no spend" in text
    assert hooks == []
    fourth, mails, _ = weeks.sunday(83)
    assert fourth.decision == WAITS
    assert mails == []

    # It is back; search brings nothing any more, for a season.
    platform.faults.from_now_on(None)
    shop.roi["search"][84:] = 0.0
    fifth, mails, hooks = weeks.sunday(110)
    assert fifth.refused == ()
    assert fifth.decision == WAITS
    assert current(shop.project) == second.run
    broken = {rule["rule"] for rule in fifth.told("promote")["rules"] if rule["holds"] is False}
    assert {"returns", "surprise"} <= broken
    assert "complete" not in broken
    (text,), (said,) = mails, hooks
    assert "search: " in text
    assert "waits" in text
    assert "search: " in said
    assert "waits, " not in said  # marketing doesn't hear of that
    assert weeks.hook.url not in text + said

    # Somebody looks at it and promotes it. The next fit is broken.
    promote(shop.project, fifth.run)
    spec = (shop.root / "mediamix.yml").read_text()
    own = spec.removeprefix(SPEC)
    (shop.root / "mediamix.yml").write_text(BROKEN + own[own.index("schedule:") :])
    sixth, mails, _ = weeks.sunday(111)
    assert (sixth.decision, current(shop.project)) == (WAITS, fifth.run)
    (text,) = mails
    assert "The checks of the fit don't fail: no." in text
    assert "search: " not in text.split("waits")[0]

    # Mended: the run is found, and what ended is told again when it comes back.
    (shop.root / "mediamix.yml").write_text(spec)
    platform.faults.from_now_on("error")
    last, mails, _ = weeks.sunday(110)
    assert (last.decision, last.run) == (SAME, fifth.run)
    (text,) = mails
    assert "nothing (more) came from tiktok" in text
    assert len(all_trainings(shop.project)) == 7
    everything = "".join(path.read_text() for path in shop.root.rglob("*.json"))
    everything += "".join(weeks.mail.texts() + weeks.hook.texts)
    for secret in (*platform.secrets.values(), weeks.hook.url):
        assert secret not in everything
