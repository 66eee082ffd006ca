"""The words and rules of the funding rules (docs/funding-rules.md), explained in an officer's words.

An anchor, once given, stays: pages, papers and people link to it.
"""

from typing import NamedTuple

from flask_babel import gettext as _


class Entry(NamedTuple):
    """One word or rule; `text` is plain sentences."""

    anchor: str
    title: str
    text: str


class Section(NamedTuple):
    """Entries that belong together."""

    anchor: str
    title: str
    entries: tuple[Entry, ...]


def sections() -> list[Section]:
    """All words, in the order in which money comes into being."""
    return [
        Section("words-programme", _("The programme and what it needs"), _programme()),
        Section("words-promises", _("What donors promise"), _promises()),
        Section("words-money", _("Money that arrives"), _money()),
        Section("words-figures", _("What the figures say"), _figures()),
        Section("words-work", _("Working with the tracker"), _work()),
    ]


def titles() -> dict[str, str]:
    """What each anchor is called."""
    return {entry.anchor: entry.title for section in [*sections(), rules()] for entry in section.entries}


def _programme() -> tuple[Entry, ...]:
    return (
        Entry(
            "programme",
            _("Programme"),
            _("A budget over a range of months, split over outcomes and funded by several donors."),
        ),
        Entry(
            "outcome",
            _("Outcome"),
            _(
                "One budget line: O1 advocacy, O2 country support, O3 governance and resource mobilisation, "
                "PS programme support."
            ),
        ),
        Entry(
            "requirement",
            _("Requirement"),
            _("What one outcome needs in one month. The four together are the programme’s month."),
        ),
        Entry(
            "budget",
            _("Budget version"),
            _(
                "A monthly total with its shares and amounts, from a month on. A month uses the "
                "highest-numbered version in effect by then and adopted by the day of the report."
            ),
        ),
        Entry(
            "support",
            _("Programme support (PS)"),
            _(
                "What running the programme costs: 13 % of the total here, as published. An agreement may "
                "waive it for named outcomes."
            ),
        ),
    )


def _promises() -> tuple[Entry, ...]:
    return (
        Entry(
            "donor",
            _("Donor, contributor"),
            _(
                "Who gives: a government, an organization, a company, a foundation, civil society, and "
                "others. An anonymous donor is named to the Secretariat alone."
            ),
        ),
        Entry(
            "prospect",
            _("Prospect"),
            _("Money that is hoped for. It has a stage and a probability and is never counted as funding."),
        ),
        Entry(
            "pledge",
            _("Pledge"),
            _("An announced intention, not binding. It counts from the day it was made."),
        ),
        Entry(
            "signed",
            _("Signed agreement"),
            _("A pledge that has become a firm written obligation. It counts as signed from its signature."),
        ),
        Entry(
            "instalment",
            _("Instalment"),
            _(
                "One dated part of a pledge. A pledge without a schedule has one instalment of the whole, "
                "due on the day of the pledge or in the first month it covers."
            ),
        ),
        Entry(
            "open",
            _("Open amount"),
            _(
                "What is promised and not yet paid. Money that arrives pays the oldest instalment first. It "
                "never falls below zero, and one pledge’s surplus never pays another’s rest."
            ),
        ),
        Entry(
            "overdue",
            _("Overdue"),
            _("Open after its due day. Late money pays for this month and later, not for past months."),
        ),
        Entry(
            "overpayment",
            _("Over-payment"),
            _("What was received beyond a pledge. It is a receipt like any other, and shown as such."),
        ),
        Entry(
            "closing",
            _("Closing a pledge"),
            _(
                "The unpaid rest is given up, on a day and with a reason: withdrawn where nothing was "
                "signed, written off where it was. What was paid stays."
            ),
        ),
        Entry(
            "earmark",
            _("Earmark"),
            _(
                "What the money may serve: core (all four outcomes), named outcomes with or without "
                "percentages, PS alone, targeted:a name for support beside the core, or hold."
            ),
        ),
        Entry(
            "window",
            _("Coverage window"),
            _(
                "The months that a contribution may pay for, both included. A receipt begins with the month "
                "it arrives unless its pledge begins later; both end with the programme unless said "
                "otherwise."
            ),
        ),
    )


def _money() -> tuple[Entry, ...]:
    return (
        Entry(
            "receipt",
            _("Receipt"),
            _("Money that has arrived. Its USD is fixed on its value date; later rates never change it."),
        ),
        Entry(
            "deduction",
            _("Deduction"),
            _(
                "What a bank or a levy kept on the way. It is settled for the donor, but not available to "
                "the programme. Only receipts in USD have deductions."
            ),
        ),
        Entry(
            "refund",
            _("Refund"),
            _("Money given back: its own dated record against a receipt, never an edit of the receipt."),
        ),
        Entry(
            "hold",
            _("On hold"),
            _(
                "Received, but not yet assigned: the payer is unknown, or a donor has still to decide. It is "
                "counted and covers nothing until then."
            ),
        ),
        Entry(
            "retroactive",
            _("Retroactive"),
            _("A receipt whose window an officer has set back, so that it pays for months already past."),
        ),
        Entry(
            "rate",
            _("Rate (UNORE)"),
            _(
                "The United Nations operational rate of exchange: units of a currency for one USD. 0.9200 "
                "EUR for 1 USD means that EUR 100.00 is USD 108.70. It is in force from its day until the "
                "next."
            ),
        ),
        Entry(
            "exchange",
            _("Exchange difference"),
            _(
                "What a pledge’s USD gained or lost since it was signed: realised on what was paid, "
                "unrealised on what is open."
            ),
        ),
    )


def _figures() -> tuple[Entry, ...]:
    return (
        Entry(
            "lenses",
            _("Received, signed, pledged"),
            _("The three ways to look at money, hardest to softest. Hard money is placed first."),
        ),
        Entry(
            "coverage",
            _("Coverage"),
            _(
                "Money set against one outcome’s requirement in one month. It is not expenditure: the "
                "tracker holds no spending."
            ),
        ),
        Entry(
            "gap",
            _("Gap, still to raise"),
            _(
                "Requirement that no money covers, for each outcome and month. Too much in one outcome never "
                "hides a hole in another."
            ),
        ),
        Entry(
            "lapsed",
            _("Lapsed and ahead"),
            _(
                "Lapsed is the gap of past months, which only a retroactive window can still fill. Ahead is "
                "the gap of this month and later: what is still to raise."
            ),
        ),
        Entry(
            "status",
            _("Funded, committed, pledged, gap"),
            _(
                "What covers a month: received money alone; with signed agreements; with pledges; or not "
                "enough of all three. Short by less than one dollar counts as covered."
            ),
        ),
        Entry(
            "funded-through",
            _("Funded through, cliff month"),
            _(
                "The last month of the unbroken run in which every outcome is covered, and the first month "
                "after it that is not."
            ),
        ),
        Entry(
            "stable",
            _("Stable funding base"),
            _("Received and signed money cover every one of the next twelve months."),
        ),
        Entry(
            "unused",
            _("Unused, at risk of return"),
            _(
                "Money that finds no month in its window that needs it. It is reported until the window is "
                "extended or the money is given back."
            ),
        ),
        Entry(
            "targeted",
            _("Targeted money"),
            _("Support beside the core, for a country or a group. Counted, and never in the core gap."),
        ),
        Entry("as-of", _("As of"), _("The date that a report speaks for: what is later does not count.")),
        Entry(
            "known-at",
            _("Known at"),
            _("The moment whose knowledge a report uses: what had been recorded by then."),
        ),
    )


def _work() -> tuple[Entry, ...]:
    return (
        Entry(
            "correct",
            _("Correcting and voiding"),
            _(
                "A record may be corrected; its history keeps both versions. One made in error is voided "
                "with a reason: it counts no more, stays readable, and its reference stays taken."
            ),
        ),
        Entry(
            "questions",
            _("When the tracker asks back"),
            _(
                "Some things are odd but may be right: a rate far from the last, the same amount twice, a "
                "day in the future. Nothing is recorded until you tick that it is meant."
            ),
        ),
        Entry(
            "roles",
            _("What each role may do"),
            _(
                "A contributor sees its own pledges and receipts. The GCG sees the programme’s position and "
                "workbook. An officer records donors, pledges, receipts and rates. An administrator also "
                "manages logins."
            ),
        ),
    )


def rules() -> Section:
    """The rules R1 to R14, one each."""
    told = (
        (_("Money"), _("Whole cents and a currency. Rounding is half away from zero, once, at the end.")),
        (
            _("Splitting"),
            _("Each part is rounded down; the missing cents go one each to the largest fractions."),
        ),
        (_("Requirement"), _("The monthly total times the published shares, split to the cent.")),
        (
            _("Earmark"),
            _(
                "A contribution is split once. Core: by the four shares. Named outcomes: programme support "
                "first, then the outcomes by their percentages, or in proportion to their shares."
            ),
        ),
        (
            _("Exchange"),
            _(
                "USD = amount / rate, at the latest rate effective by the day. Receipts keep the USD of "
                "their day; open instalments are valued on the day of the report. Without a rate nothing is "
                "guessed."
            ),
        ),
        (
            _("Coverage window"),
            _(
                "A receipt pays for the months from its arrival, or from its pledge’s first month, to the "
                "end of its window. Open money pays for this month and later."
            ),
        ),
        (
            _("Open amount"),
            _("Receipts less refunds pay instalments in order of their due days, in the pledge’s currency."),
        ),
        (
            _("Waterfall"),
            _(
                "Received money first, then signed, then pledged. In each month the money whose window ends "
                "first is used first."
            ),
        ),
        (
            _("The cell"),
            _("Required = received + signed + pledged + gap, to the cent, in every outcome and month."),
        ),
        (
            _("As of a day"),
            _("A report of a day uses what was dated by then, and stays the same for ever."),
        ),
        (
            _("Trace"),
            _(
                "Every dollar says which outcome and month it covers. New money never changes what earlier "
                "months show."
            ),
        ),
        (_("Never merged"), _("Hopes weighted by probability stand beside a total, never inside it.")),
        (
            _("Corrections"),
            _("Nothing disappears: a change keeps what was before, a void keeps the record and its reason."),
        ),
        (
            _("Interest, levy, charges"),
            _("Interest is a receipt. The 1 % coordination levy and bank charges are deductions."),
        ),
    )
    entries = (Entry(f"r{n}", f"R{n} {title}", text) for n, (title, text) in enumerate(told, start=1))
    return Section("rules", _("The rules behind the figures"), tuple(entries))
