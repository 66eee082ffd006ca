"""Money: whole minor units and a currency code (R1), and splitting without losing a cent (R2).

No float anywhere. Text is validated before `Decimal` sees it, because `Decimal` also accepts other
scripts' digits, underscores, blanks, `NaN` and `Infinity`.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tracker.domain.problems import Refused

PROGRAMME_CURRENCY: Final = "USD"
MAX_UNITS: Final = 10**12
"""No single amount is above this many units of its currency: Excel keeps 15 digits."""

# ISO 4217 active codes by minor-unit digits; XDR (IMF special drawing rights) has none and is kept in cents.
_DIGITS: Final[dict[str, int]] = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
    **dict.fromkeys(
        """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD
        CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
        GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA
        MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR
        RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD
        TZS UAH USD USN UYU UZS VED VES WST XCD XCG XDR YER ZAR ZMW ZWG
        """.split(),
        2,
    ),
}
CURRENCIES: Final = frozenset(_DIGITS)

_PLAIN_DECIMAL: Final = re.compile(r"-?[0-9]{1,1000}(\.[0-9]{1,1000})?", re.ASCII)


def currency_digits(currency: str) -> int:
    """Minor-unit digits of a currency.

    >>> currency_digits("USD"), currency_digits("JPY"), currency_digits("KWD")
    (2, 0, 3)
    """
    return _DIGITS[currency]


def parse_decimal(text: str) -> Decimal:
    """A plain ASCII decimal with `.`, exactly.

    >>> parse_decimal("0.9200")
    Decimal('0.9200')

    Raises `Refused` for anything else: grouping, exponents, blanks, other scripts' digits.
    """
    if not _PLAIN_DECIMAL.fullmatch(text):
        raise Refused.of("not_a_decimal", text=text)
    return Decimal(text)


def parse_amount(text: str, currency: str) -> int:
    """An amount above zero, in minor units of its currency.

    >>> parse_amount("100.00", "JPY"), parse_amount("1.5", "USD")
    (100, 150)

    Raises `Refused`: not a plain decimal, not above zero, above 10^12, more significant decimals than
    the currency has (`100.00` JPY is one hundred yen; `100.50` JPY is refused).
    """
    value = parse_decimal(text)
    if value <= 0:
        raise Refused.of("not_above_zero", text=text)
    if value > MAX_UNITS:
        raise Refused.of("too_large", text=text)
    digits = currency_digits(currency)
    minor = Fraction(value) * Fraction(10) ** digits
    if minor.denominator != 1:
        raise Refused.of("too_many_decimals", text=text, currency=currency, digits=digits)
    return minor.numerator


def amount_text(minor: int, currency: str = PROGRAMME_CURRENCY) -> str:
    """Minor units as a plain decimal with all the currency's digits, as in files and JSON.

    >>> amount_text(-5), amount_text(12000000), amount_text(7, "JPY")
    ('-0.05', '120000.00', '7')
    """
    digits = currency_digits(currency)
    sign, whole = ("-" if minor < 0 else ""), str(abs(minor)).rjust(digits + 1, "0")
    return f"{sign}{whole[:-digits]}.{whole[-digits:]}" if digits else f"{sign}{whole}"


def round_half_away(value: Fraction) -> int:
    """To the nearest whole number, half away from zero: what Excel's ROUND does (R1).

    >>> [round_half_away(Fraction(n, 2)) for n in (1, -1, 3)]
    [1, -1, 2]
    """
    sign = -1 if value < 0 else 1
    return sign * ((2 * abs(value.numerator) + value.denominator) // (2 * value.denominator))


def split(amount_minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split an amount by whole-number weights so that the parts re-add to it (R2).

    Each part is rounded down; the missing cents go one each to the largest fractions, ties to the
    earlier part. A negative amount splits as the mirror of the positive one.

    >>> split(3914300, (1658, 5126, 1916, 1300))
    (648991, 2006470, 749980, 508859)

    Raises `ValueError` where the weights are negative or all zero.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError(f"weights must be non-negative and not all zero: {weights}")
    if amount_minor < 0:
        return tuple(-part for part in split(-amount_minor, weights))
    parts = [amount_minor * weight // total for weight in weights]
    fractions = [amount_minor * weight % total for weight in weights]
    missing = amount_minor - sum(parts)
    by_fraction = sorted(range(len(parts)), key=fractions.__getitem__, reverse=True)  # ties keep their order
    for index in by_fraction[:missing]:
        parts[index] += 1
    return tuple(parts)
