"""`[challenge]`: how the owner of an account is asked to confirm a critical request."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, model_validator

from mailgate.config.values import Days, DaysOrNone, Positive, Section
from mailgate.core.challenge import Automatic, Challenging, Needed


class ChallengeSettings(Section):
    """`[challenge]`: when one is sent, what confirms it, and its bounds."""

    automatic: Automatic = Automatic.MATCHING
    require: Needed = Needed.AUTHENTICATED
    valid_days: Annotated[int, Field(gt=0, le=90)] = 7
    remind_after_days: DaysOrNone = 3
    tries: Annotated[int, Field(gt=0, le=20)] = 5
    a_day: Positive = 3
    mailbox_age_days: DaysOrNone = 7
    lock_days: Days = 7

    @model_validator(mode="after")
    def _reminds_before_it_ends(self) -> "ChallengeSettings":
        if self.remind_after_days >= self.valid_days:
            raise ValueError(
                f"remind_after_days: {self.remind_after_days} is not before the end,"
                f" valid_days = {self.valid_days}; 0 sends no reminder"
            )
        return self


def challenging_of(section: ChallengeSettings) -> Challenging:
    """The settings as decisions read them."""
    return Challenging(
        automatic=section.automatic,
        needed=section.require,
        valid=timedelta(days=section.valid_days),
        remind_after=timedelta(days=section.remind_after_days),
        tries=section.tries,
        a_day=section.a_day,
        mailbox_age=timedelta(days=section.mailbox_age_days),
        lock=timedelta(days=section.lock_days),
    )
