"""How figures, days and sentences look: separators, dashes, words. No application, no database."""

from datetime import date

import pytest

from tracker.domain.months import Month, month
from tracker.presentation import Writer, currency_words, days_late, sentence_list
from tracker.reporting.sentences import Count, MonthName, MonthRange, Published, Share, Usd, say, say_n

MINUS = "\u2212"
EN = Writer("en")


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (0, "USD", "0.00"),
        (5, "USD", "0.05"),
        (258343800, "USD", "2,583,438.00"),
        (-1117723, "USD", f"{MINUS}11,177.23"),
        (120000000, "JPY", "120,000,000"),
        (1234567, "KWD", "1,234.567"),
    ],
)
def test_money_has_all_decimals_of_its_currency_and_a_true_minus(
    minor: int, currency: str, shown: str
) -> None:
    assert EN.money(minor, currency) == shown


@pytest.mark.parametrize(
    ("locale", "shown"),
    [
        ("en", "1,234,567.89"),
        ("de", "1.234.567,89"),
        ("de_CH", "1’234’567.89"),
        ("fr", "1\u202f234\u202f567,89"),
        ("hi", "12,34,567.89"),
    ],
)
def test_separators_follow_the_readers_locale(locale: str, shown: str) -> None:
    assert Writer(locale).money(123456789) == shown


def test_nil_is_a_dash_in_lists_and_stays_a_figure_in_equations() -> None:
    assert EN.money_or_nil(0) == "–"
    assert EN.dollars(0) == "–"
    assert EN.money(0) == "0.00"


@pytest.mark.parametrize(("minor", "shown"), [(49, "0"), (50, "1"), (185350, "1,854"), (-50, f"{MINUS}1")])
def test_whole_dollars_round_half_away_and_a_few_cents_are_not_nil(minor: int, shown: str) -> None:
    assert EN.dollars(minor) == shown


def test_shares_have_one_decimal_and_published_shares_two() -> None:
    assert EN.share(71575123, 258343800) == "27.7\u00a0%"
    assert EN.published(512600) == "51.26\u00a0%"
    assert EN.share(1, 0) == "–"


def test_days_and_months_are_written_the_day_first() -> None:
    assert EN.day_long(date(2028, 6, 30)) == "30 June 2028"
    assert EN.day_short(date(2028, 9, 30)) == "30 Sep 2028"
    assert EN.month_long(month(2029, 3)) == "March 2029"
    assert EN.month_short(month(2029, 3)) == "Mar 2029"
    assert EN.month_letter(month(2029, 3)) == "M"
    assert Writer("fr").month_long(month(2029, 3)) == "mars 2029"


def test_ranges_of_months_name_the_year_once_where_they_are_short() -> None:
    assert EN.months(month(2030, 1), month(2031, 6)) == "January 2030 to June 2031"
    assert EN.months(month(2026, 1), month(2026, 3), short=True) == "Jan to Mar 2026"
    assert EN.months(month(2029, 12), month(2029, 12)) == "December 2029"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (69, "69 days overdue"),
        (1, "1 day overdue"),
        (1315, "1,315 days overdue"),
        (0, "due today"),
        (-1, "due in 1 day"),
    ],
)
def test_lateness_is_counted_in_days(days: int, words: str) -> None:
    assert days_late(days) == words


def test_a_sentence_formats_its_values_and_marks_what_is_emphasised() -> None:
    sentence = say(
        "*%(month)s* is short by %(short)s.", tone="bad", month=MonthName(month(2029, 12)), short=Usd(1117723)
    )
    assert EN.plain(sentence) == "December 2029 is short by USD\u00a011,177.23."
    assert EN.say(sentence) == '<b class="bad">December 2029</b> is short by USD\u00a011,177.23.'


def test_a_sentence_escapes_what_people_have_typed() -> None:
    sentence = say("*%(donor)s* & others", donor="<script>*x*</script>")
    assert EN.say(sentence) == "<b>&lt;script&gt;*x*&lt;/script&gt;</b> &amp; others"


def test_a_sentence_follows_its_number_and_starts_with_a_capital() -> None:
    def months(number: int) -> str:
        return EN.plain(
            say_n("%(count)s month of %(all)s.", "%(count)s months of %(all)s.", number, all=Count(40))
        )

    assert months(1) == "One month of 40."
    assert months(12) == "Twelve months of 40."
    assert months(13) == "13 months of 40."


def test_every_kind_of_value_can_stand_in_a_sentence() -> None:
    sentence = say(
        "%(a)s, %(b)s, %(c)s, %(d)s",
        a=MonthRange(Month(24348), Month(24350), short=True),
        b=Share(1, 8),
        c=Published(130000),
        d=1000,
    )
    assert EN.plain(sentence) == "Jan to Mar 2029, 12.5\u00a0%, 13.00\u00a0%, 1,000"


def test_words_around_figures() -> None:
    assert sentence_list(["O1", "O2", "PS"]) == "O1, O2 and PS"
    assert sentence_list(["O1"]) == "O1"
    assert (currency_words("USD"), currency_words("CHF")) == ("US dollars", "CHF")
