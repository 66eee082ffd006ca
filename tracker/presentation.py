"""How figures, days and sentences look to a reader: all display rounding is here, and nowhere else.

`Writer` writes in one locale. `init_app` gives templates its methods as filters, with the request's locale:
`{{ cell.gap|money }}`, `{{ month|month_long }}`, `{{ sentence|say }}`. Separators and month names are CLDR's.
Amounts come as whole minor units; nothing here becomes a float.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, Literal

from babel import Locale
from babel.dates import format_date, format_skeleton, get_month_names
from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol
from flask import Flask
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup, escape

from tracker.domain.money import PROGRAMME_CURRENCY, currency_digits, round_half_away
from tracker.domain.months import Month, first_day, month_text
from tracker.reporting import sentences as say

MINUS: Final = "\u2212"
NIL: Final = "\u2013"
NARROW: Final = "\u00a0"
SPELLED_UP_TO: Final = 12
Width = Literal["wide", "abbreviated", "narrow"]
_EMPHASIS: Final = re.compile(r"\*(.+?)\*")
_FIRST_LETTER: Final = re.compile(r"^((?:<[^>]+>)?)(\w)")
_TONE_CLASS: Final = {"bad": ' class="bad"'}


class Writer:
    """Writes figures, days and sentences for one locale.

    >>> Writer("en").money(-1234567), Writer("de").money(-1234567)
    ('−12,345.67', '−12.345,67')
    """

    def __init__(self, locale: str) -> None:
        self.locale = Locale.parse(locale)
        self.english = self.locale.language == "en"
        self._group, self._point = get_group_symbol(self.locale), get_decimal_symbol(self.locale)
        pattern = self.locale.decimal_formats[None]
        self._plain_groups = (
            pattern.grouping == (3, 3) and getattr(self.locale, "min_grouping_digits", 1) == 1
        )

    # Money

    def money(self, minor: int, currency: str = PROGRAMME_CURRENCY) -> str:
        """An amount with all its currency's decimals, without the currency: `20,064.70`."""
        digits = currency_digits(currency)
        whole, rest = divmod(abs(minor), 10**digits)
        decimals = f"{self._point}{rest:0{digits}d}" if digits else ""
        return f"{MINUS if minor < 0 else ''}{self.whole(whole)}{decimals}"

    def money_or_nil(self, minor: int, currency: str = PROGRAMME_CURRENCY) -> str:
        """As `money`; nil is an en dash."""
        return self.money(minor, currency) if minor else NIL

    def with_currency(self, minor: int, currency: str = PROGRAMME_CURRENCY) -> str:
        """`USD 20,064.70`, not to be broken over two lines."""
        return f"{currency}\u00a0{self.money(minor, currency)}"

    def dollars(self, minor: int) -> str:
        """Whole dollars, half away from zero, nil as an en dash; cents below a half show as `0`."""
        if not minor:
            return NIL
        whole = round_half_away(Fraction(minor, 100))
        return f"{MINUS if whole < 0 else ''}{self.whole(abs(whole))}"

    def whole(self, number: int) -> str:
        """A whole number with separators: `2,583,438`."""
        if self._plain_groups:
            return f"{MINUS if number < 0 else ''}{abs(number):,}".replace(",", self._group)
        return str(format_decimal(number, locale=self.locale))

    def decimal(self, value: Fraction, digits: int) -> str:
        """A number rounded half away from zero to some decimals: `27.7`."""
        scaled = round_half_away(value * 10**digits)
        whole, rest = divmod(abs(scaled), 10**digits)
        return f"{MINUS if scaled < 0 else ''}{self.whole(whole)}{self._point}{rest:0{digits}d}"

    def share(self, part: int, whole: int, digits: int = 1) -> str:
        """A part of a whole: `27.7 %`. A dash where there is no whole."""
        return f"{self.decimal(Fraction(part * 100, whole), digits)}{NARROW}%" if whole else NIL

    def published(self, units: int) -> str:
        """A published share in millionths, two decimals: `51.26 %`."""
        return self.share(units, 1_000_000, digits=2)

    def count(self, number: int) -> str:
        """A number of things: in words through twelve, then in digits."""
        return _number_words()[number] if 0 <= number <= SPELLED_UP_TO else self.whole(number)

    # Days and months

    def day_long(self, day: date) -> str:
        """`30 June 2028`"""
        return _day(self.locale, day, "long")

    def day_short(self, day: date) -> str:
        """`30 Jun 2028`"""
        return _day(self.locale, day, "medium")

    def month_long(self, month: Month) -> str:
        """`March 2029`"""
        return _month(self.locale, month, "yMMMM")

    def month_short(self, month: Month) -> str:
        """`Mar 2029`"""
        return _month(self.locale, month, "yMMM")

    def month_name(self, month: Month) -> str:
        """`March`, where the year stands elsewhere."""
        return _month_name(self.locale, month % 12 + 1, "wide")

    def month_brief(self, month: Month) -> str:
        """`Mar`, where the year stands elsewhere."""
        return _month_name(self.locale, month % 12 + 1, "abbreviated")

    def month_letter(self, month: Month) -> str:
        """`M`, on an axis."""
        return _month_name(self.locale, month % 12 + 1, "narrow")

    def months(self, first: Month, last: Month, short: bool = False) -> str:
        """`January 2030 to June 2031`; within one short year `Jan to Mar 2026`."""
        name = self.month_short if short else self.month_long
        if first == last:
            return name(first)
        if short and first // 12 == last // 12:
            return _("%(first)s to %(last)s", first=self.month_brief(first), last=name(last))
        return _("%(first)s to %(last)s", first=name(first), last=name(last))

    # Sentences

    def value(self, value: say.Value) -> str:
        """One value of a sentence, in words or figures."""
        match value:
            case say.Usd(minor):
                return self.with_currency(minor)
            case say.Amount(minor, currency):
                return self.money(minor, currency)
            case say.Dollars(minor):
                return self.dollars(minor)
            case say.MonthName(month, short):
                return self.month_short(month) if short else self.month_long(month)
            case say.MonthRange(first, last, short):
                return self.months(first, last, short)
            case say.Day(day, short):
                return self.day_short(day) if short else self.day_long(day)
            case say.Count(number):
                return self.count(number)
            case say.Share(part, whole):
                return self.share(part, whole)
            case say.Published(units):
                return self.published(units)
            case int():
                return self.whole(value)
            case _:
                return value

    def plain(self, sentence: say.Sentence) -> str:
        """A sentence as plain text, without emphasis."""
        pattern = _EMPHASIS.sub(r"\1", sentence.pattern)
        return _capital(pattern % {name: self.value(v) for name, v in sentence.values.items()})

    def say(self, sentence: say.Sentence) -> Markup:
        """A sentence as HTML, with `<b>` where it is emphasised. Values are escaped."""
        opening = f"<b{_TONE_CLASS.get(sentence.tone, '')}>"
        pattern = _EMPHASIS.sub(rf"{opening}\1</b>", str(escape(sentence.pattern)))
        values = {name: escape(self.value(v)) for name, v in sentence.values.items()}
        return Markup(_capital(pattern % values))  # noqa: S704  pattern and values have been escaped


def _capital(text: str) -> str:
    """A sentence that starts with a value starts with a capital all the same; a note in mid-line does not."""
    return _FIRST_LETTER.sub(lambda m: m[1] + m[2].upper(), text) if text.endswith((".", ".</b>")) else text


@lru_cache(maxsize=8)
def _spelled(words: str) -> tuple[str, ...]:
    return tuple(words.split("|"))


def _number_words() -> tuple[str, ...]:
    return _spelled(_("no|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"))


@lru_cache(maxsize=4096)
def _day(locale: Locale, day: date, width: str) -> str:
    """English days are written the day first, whatever CLDR's American default."""
    if locale.language == "en":
        width = "d MMMM y" if width == "long" else "d MMM y"
    return str(format_date(day, width, locale=locale))


@lru_cache(maxsize=4096)
def _month(locale: Locale, month: Month, skeleton: str) -> str:
    day = first_day(month)
    if locale.language == "en":
        return str(format_date(day, "MMMM y" if skeleton == "yMMMM" else "MMM y", locale=locale))
    return str(format_skeleton(skeleton, day, locale=locale))


@lru_cache(maxsize=512)
def _month_name(locale: Locale, number: int, width: Width) -> str:
    names = get_month_names(width, "stand-alone", locale)
    return str(names[number])


@lru_cache(maxsize=32)
def _writer(locale: str) -> Writer:
    return Writer(locale)


def writer() -> Writer:
    """The writer of the request's locale; English outside a request."""
    return _writer(str(get_locale() or "en"))


def days_late(days: int) -> str:
    """How an instalment stands to its day: `69 days overdue`, `due today`, `due in 12 days`."""
    if days > 0:
        return ngettext("%(days)s day overdue", "%(days)s days overdue", days, days=writer().whole(days))
    if days == 0:
        return _("due today")
    return ngettext("due in %(days)s day", "due in %(days)s days", -days, days=writer().whole(-days))


def status_word(kind: str) -> str:
    """The word beside a shape, as a tag says it: `Funded`, `Signed`, `Lapsed`."""
    return {
        "funded": _("Funded"),
        "committed": _("Committed"),
        "pledged": _("Pledged"),
        "gap": _("Gap"),
        "lapsed": _("Lapsed"),
        "received": _("Received"),
        "signed": _("Signed"),
    }[kind]


def sentence_list(words: list[str]) -> str:
    """`O1, O2 and PS`"""
    if len(words) < 2:
        return "".join(words)
    return _("%(most)s and %(last)s", most=", ".join(words[:-1]), last=words[-1])


def currency_words(currency: str) -> str:
    """`US dollars`; other currencies by their code."""
    return _("US dollars") if currency == "USD" else currency


def month_before(day: date) -> date:
    """The last day of the month before, for links to an earlier reading."""
    return day.replace(day=1) - timedelta(days=1)


def page_language() -> str:
    """The page's `lang`: `en`, `de-CH`."""
    return str(writer().locale).replace("_", "-")


def page_direction() -> str:
    """The page's `dir`: `ltr` or `rtl`."""
    return str(writer().locale.text_direction)


FILTERS: Final = (
    "money",
    "money_or_nil",
    "with_currency",
    "dollars",
    "whole",
    "share",
    "published",
    "count",
    "day_long",
    "day_short",
    "month_long",
    "month_short",
    "month_name",
    "month_brief",
    "months",
    "plain",
    "say",
)


def _bound(name: str) -> Callable[..., Any]:
    """A filter that finds the request's writer when it is used."""

    def filter_(*args: Any, **options: Any) -> Any:
        return getattr(writer(), name)(*args, **options)

    return filter_


def init_app(app: Flask) -> None:
    """Give the filters to templates."""
    for name in FILTERS:
        app.jinja_env.filters[name] = _bound(name)
    app.jinja_env.filters.update(
        month_key=month_text,
        days_late=days_late,
        sentence_list=sentence_list,
        currency_words=currency_words,
        status_word=status_word,
    )
    app.jinja_env.globals.update(page_language=page_language, page_direction=page_direction)
