"""Maps of the public tables in ../shared/data, whose README says what each is, as a person writes them."""

from pathlib import Path
from typing import Final

import pytest

from tracker.importing.cells import Rows, read_sheets

DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
PLEDGES: Final = DATA / "samples" / "pledges"
FTS_FILE: Final = DATA / "samples" / "fts" / "fts-incoming-funding-afg-2020.csv"

CERF: Final = """
name = "CERF"
shape = "wide"
[date_formats]
pledged_on = "YYYY"
[columns]
donor = "donor"
donor_kind = "donortype"
reference = "contributionCode"
pledged = "donorpledge"
signed = "donorcommitment"
received = "donorreceived"
written_off = "donorwriteoff"
pledged_on = "year"
received_on = "latestDate"
[constants]
currency = "USD"
"""
GLOBAL_FUND: Final = """
name = "Global Fund {years}"
shape = "wide"
[columns]
donor = "Donor"
pledged = "Pledges (USD)"
received = "Contributions (USD)"
[constants]
currency = "USD"
date = {day}
"""
FTS: Final = """
name = "FTS Afghanistan"
[columns]
reference = "id"
donor = "srcOrganization"
donor_kind = "srcOrganizationTypes"
kind = "status"
date = "date"
amount = "amountUSD"
original_amount = "originalAmount"
original_currency = "originalCurrency"
rate = "exchangeRate"
[constants]
currency = "USD"
[kinds]
signed = ["commitment"]
received = ["paid"]
"""
UNHCR: Final = """
name = "UNHCR 2016"
sheet = "Sheet1"
[columns]
reference = "transaction_ref"
donor = "transaction_provider_org"
donor_ref = "transaction_provider_org_ref"
donor_kind = "transaction_provider_org_type"
kind = "transaction_type_code"
date = "transaction_date"
currency = "transaction_value_currency"
amount = "transaction_value"
usd_amount = "transaction_value_USD"
[kinds]
signed = ["11"]
"""
CBPF: Final = """
name = "CBPF"
shape = "wide"
[columns]
reference = "ContributionCode"
donor = "GMSDonorName"
currency = "PledgeAmtLocalCurrency"
pledged = "PledgeAmtLocal"
received = "PaidAmtLocal"
pledged_on = "PledgeDate"
received_on = "PaidDate"
closed_on = "ExpectedDate"
usd_amount = "PaidAmt"
rate = "PaidAmtCurrencyExchangeRate"
"""
USG: Final = """
name = "USG"
shape = "wide"
sheet = "Sheet1"
[columns]
donor = "Fund"
pledged = "Pledged"
received = "Paid"
[constants]
currency = "USD"
date = 2026-05-31
[[filters]]
column = "Fund"
drop = ["Total"]
"""


def sheet_of(path: Path, title: str = "") -> Rows:
    """The rows of a real file; the test is skipped where the files are not beside the checkout."""
    if not path.is_file():
        pytest.skip(f"{path.name} is not in ../shared/data beside the checkout")
    return read_sheets(path.name, path)[title]
