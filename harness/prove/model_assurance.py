"""The rules on how sure it is who decided: what a person's own token says, and what policy asks of approvals."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

SECOND_FACTORS = ("totp", "mfa/phone", "mfa/webauthn")
SINGLE_SIGN_ON = "sso/saml"
FRESH = timedelta(hours=12)
METHODS_AT_MOST = 100
SKEW = 60  # seconds that the clock of the sign-in may be ahead


@dataclass(frozen=True)
class SignIn:
    """What a person's own token says of how they signed in."""

    aal: str | None = None
    second_factor_at: datetime | None = None
    sso_at: datetime | None = None


def sign_in_of(claims: Mapping[str, Any], at: datetime) -> SignIn:
    """What the claims of a token say at a moment; what is not in their form, or more than SKEW later, says nothing."""
    listed = claims.get("amr")
    entries = listed if isinstance(listed, list) and len(listed) <= METHODS_AT_MOST else []
    given: list[tuple[str, datetime]] = []
    for entry in entries:
        seconds = entry.get("timestamp") if isinstance(entry, dict) else None
        if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds <= at.timestamp() + SKEW:
            given.append((str(entry.get("method")), min(at, datetime.fromtimestamp(seconds, UTC))))
    level = claims.get("aal")
    return SignIn(
        level if level in ("aal1", "aal2") else None,
        max((moment for method, moment in given if method in SECOND_FACTORS), default=None),
        max((moment for method, moment in given if method == SINGLE_SIGN_ON), default=None),
    )


@dataclass(frozen=True)
class Asked:
    """What a need asks of each approval beside their number.

    Its giver's own token, a second factor that is fresh (or single sign-on that is), one of some people.
    """

    own_token: bool = False
    aal2: bool = False
    accept_sso: bool = False
    approvers: frozenset[str] | None = None

    def is_sure(self, sign_in: SignIn | None, at: datetime) -> bool:
        """Whether an approval of that moment is surely the person's; without a sign-in a machine named them."""
        if self.own_token and sign_in is None:
            return False
        if not self.aal2:
            return True
        if sign_in is None:
            return False
        second = sign_in.aal == "aal2" and _is_fresh(sign_in.second_factor_at, at)
        return second or (self.accept_sso and _is_fresh(sign_in.sso_at, at))

    def names(self, person: str) -> bool:
        """Whether a person may give it."""
        return self.approvers is None or person in self.approvers

    def has(self, people: Collection[str], count: int) -> bool:
        """Whether so many of the people named are among these; yes where nobody is named."""
        return self.approvers is None or len(self.approvers & {*people}) >= count


ANYTHING = Asked()  # what a need asks that asks for nothing


def _is_fresh(given: datetime | None, at: datetime) -> bool:
    return given is not None and at - FRESH <= given <= at
