"""The words of the field, one meaning each (docs/funding-rules.md, section Words).

Plain strings with names: they stand in the database, in CSV files and in JSON exactly as here.
"""

from typing import Final, Literal

Lens = Literal["received", "signed", "pledged"]
Status = Literal["funded", "committed", "pledged", "gap"]
Basis = Literal["shares", "amounts"]
Role = Literal["admin", "officer", "gcg", "donor"]

LENSES: Final[tuple[Lens, ...]] = ("received", "signed", "pledged")
"""From the hardest money to the softest."""

STATUSES: Final[tuple[Status, ...]] = ("funded", "committed", "pledged", "gap")
"""What a cell is called when it is covered up to the lens of the same place, else `gap`."""

BASES: Final[tuple[Basis, ...]] = ("shares", "amounts")
ROLES: Final[tuple[Role, ...]] = ("admin", "officer", "gcg", "donor")

DONOR_KINDS: Final = (
    "government",
    "un",
    "employers",
    "workers",
    "private",
    "foundation",
    "cso",
    "academic",
    "media",
    "other",
)
"""`un` is any international or regional organization; `cso` civil society, survivors' networks included."""

FILE_KINDS: Final = ("agreement", "bank_advice", "other")
PAPER_FORMATS: Final = ("pdf", "xlsx")
UPLOAD_FORMATS: Final = ("csv", "xlsx", "xml")
UPLOAD_STATES: Final = ("open", "recorded", "dropped")
"""`recorded`: all of it is on record; `dropped`: nothing of it is, and its bytes are gone."""

BANK_LINE_STATES: Final = ("open", "settled", "set_aside")
"""`settled`: it stands as a receipt; `set_aside`: it is none of ours, with a reason."""

SUPPORT_CODE: Final = "PS"
"""The outcome that bears programme support."""

UNIDENTIFIED_DONOR: Final = "UNIDENTIFIED"
"""The seeded donor whose money waits until the payer is known."""

# ISO 3166-1 alpha-2, officially assigned.
COUNTRIES: Final = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
    BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
    FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN
    IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
    PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE
    YT ZA ZM ZW
    """.split()
)
