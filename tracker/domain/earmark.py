"""What a donor's money may serve, and the weights it is split by (R4).

The written forms: `core` · `O2` · `O1 O2` · `O1:60 O2:40` · `PS` · `targeted:<name>` · `hold`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Literal

from tracker.domain.budget import BudgetVersion, support_index
from tracker.domain.money import amount_text, parse_amount, parse_decimal
from tracker.domain.problems import Refused
from tracker.domain.vocabulary import SUPPORT_CODE

Kind = Literal["core", "outcomes", "support", "targeted", "hold"]


@dataclass(frozen=True, slots=True)
class Earmark:
    """A parsed earmark. `percentages` is empty where none were stated; `target` only for `targeted`."""

    kind: Kind
    outcomes: tuple[str, ...] = ()
    percentages: tuple[Decimal, ...] = ()
    target: str = ""

    def __str__(self) -> str:
        """The canonical written form, which `parse_earmark` reads back."""
        if self.kind == "outcomes":
            if not self.percentages:
                return " ".join(self.outcomes)
            pairs = zip(self.outcomes, self.percentages, strict=True)
            return " ".join(f"{code}:{_shortest(share)}" for code, share in pairs)
        return {"core": "core", "support": SUPPORT_CODE, "hold": "hold"}.get(
            self.kind, f"targeted:{self.target}"
        )


def _shortest(share: Decimal) -> str:
    """Without needless zeros, exactly: `Decimal.normalize` would round after 28 digits."""
    text = f"{share:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


CORE = Earmark("core")
HOLD = Earmark("hold")


def parse_earmark(text: str, codes: Sequence[str]) -> Earmark:
    """Read an earmark; `codes` are the programme's outcomes in order.

    >>> parse_earmark("O1:60 O2:40", ["O1", "O2", "O3", "PS"]).percentages
    (Decimal('60'), Decimal('40'))

    Raises `Refused`: an unknown word or outcome, an outcome named twice, percentages on some but not
    all outcomes or not adding to 100, `PS` together with others, `targeted:` without a name.
    """
    if text in ("core", "hold"):
        return CORE if text == "core" else HOLD
    if text == SUPPORT_CODE:
        return Earmark("support")
    if text.startswith("targeted:"):
        target = text.removeprefix("targeted:").strip()
        if not target:
            raise Refused.of("target_without_name", text=text)
        return Earmark("targeted", target=target)
    return _parse_outcomes(text, codes)


def _parse_outcomes(text: str, codes: Sequence[str]) -> Earmark:
    words = [word.partition(":") for word in text.split()]
    named = tuple(code for code, _, _ in words)
    core = [code for code in codes if code != SUPPORT_CODE]
    if SUPPORT_CODE in named:
        raise Refused.of("support_with_others", text=text)
    if not named or any(code not in core for code in named):
        raise Refused.of("unknown_earmark", text=text, outcomes=", ".join(core))
    if len(set(named)) < len(named):
        raise Refused.of("outcome_twice", text=text)
    colons = {colon for _, colon, _ in words}
    if colons == {""}:
        return Earmark("outcomes", named)
    if colons != {":"}:
        raise Refused.of("percentages_on_some", text=text)
    percentages = tuple(parse_decimal(share) for _, _, share in words)
    total = sum(Fraction(share) for share in percentages)  # exact: Decimal would round after 28 digits
    if min(percentages) <= 0 or total != 100:
        raise Refused.of(
            "percentages_not_100", text=text, total=f"{Decimal(total.numerator) / total.denominator:f}"
        )
    return Earmark("outcomes", named, percentages)


def earmark_weights(
    earmark: Earmark, support_cost: bool, version: BudgetVersion, codes: Sequence[str]
) -> tuple[int, ...] | None:
    """Whole-number weights over the outcomes, for `money.split`; None where the money never covers the core.

    `support_cost` False (an agreement that waives it) has an effect on named outcomes only.

    >>> v = BudgetVersion(1, 0, None, 3914300, "shares", (165800, 512600, 191600, 130000), ())
    >>> earmark_weights(parse_earmark("O2", ["O1", "O2", "O3", "PS"]), True, v, ["O1", "O2", "O3", "PS"])
    (0, 87, 0, 13)
    """
    if earmark.kind == "core":
        return version.weights
    if earmark.kind == "support":
        return tuple(int(code == SUPPORT_CODE) for code in codes)
    if earmark.kind != "outcomes":
        return None
    shares = [Fraction(weight, sum(version.weights)) for weight in version.weights]
    support = shares[support_index(codes)] if support_cost else Fraction(0)
    by_code = dict(zip(codes, shares, strict=True))
    if earmark.percentages:
        parts = {
            code: Fraction(p) / 100 for code, p in zip(earmark.outcomes, earmark.percentages, strict=True)
        }
    else:
        parts = _in_proportion({code: by_code[code] for code in earmark.outcomes})
    exact = [
        support if code == SUPPORT_CODE else (1 - support) * parts.get(code, Fraction(0)) for code in codes
    ]
    scale = lcm(*(share.denominator for share in exact))
    return tuple(int(share * scale) for share in exact)


def _in_proportion(shares: dict[str, Fraction]) -> dict[str, Fraction]:
    """Shares of the whole as shares of their sum; equal ones where the budget gives none of them any."""
    total = sum(shares.values())
    if not total:
        return dict.fromkeys(shares, Fraction(1, len(shares)))
    return {code: share / total for code, share in shares.items()}


def parse_exact_split(text: str, codes: Sequence[str], currency: str) -> dict[str, int]:
    """An officer's exact split, `O1:100.00 PS:13.00`, in minor units of the programme's currency.

    >>> parse_exact_split("O1:100.00 PS:13.00", ["O1", "O2", "O3", "PS"], "USD")
    {'O1': 10000, 'PS': 1300}

    Raises `Refused`: an unknown outcome, one named twice, an amount that is not one.
    """
    parts: dict[str, int] = {}
    for word in text.split():
        code, colon, amount = word.partition(":")
        if not colon or code not in codes:
            raise Refused.of("unknown_split", text=text, outcomes=", ".join(codes))
        if code in parts:
            raise Refused.of("outcome_twice", text=text)
        parts[code] = parse_amount(amount, currency)
    if not parts:
        raise Refused.of("unknown_split", text=text, outcomes=", ".join(codes))
    return parts


def exact_split_text(parts: dict[str, int], codes: Sequence[str], currency: str) -> str:
    """The written form of an exact split, in the outcomes' order.

    >>> exact_split_text({"PS": 1300, "O1": 10000}, ["O1", "O2", "O3", "PS"], "USD")
    'O1:100.00 PS:13.00'
    """
    return " ".join(f"{code}:{amount_text(parts[code], currency)}" for code in codes if parts.get(code))
