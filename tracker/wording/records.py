"""What can be wrong with records, files and forms: a sentence for every code."""

from typing import Final

from tracker.wording.marks import N_

SENTENCES: Final[dict[str, str]] = {
    # Anything
    "missing": N_("Nothing is given. This is required."),
    "too_long": N_("The text is too long. Write at most %(most)s characters."),
    "control_character": N_("The text holds a character that cannot be seen. Write it without."),
    "blanks_around": N_("“%(text)s” begins or ends with a blank. Write it without."),
    "not_a_moment": N_("“%(text)s” is not a moment. Write one like 2026-06-15T14:30:00Z."),
    "not_one_of": N_("“%(text)s” is not one of the words known here. Write one of: %(words)s."),
    # Amounts
    "not_a_decimal": N_("“%(text)s” is not a plain number. Write it with a dot and no grouping: %(right)s."),
    "not_above_zero": N_("“%(text)s” is not above zero. Write an amount above zero."),
    "too_large": N_("“%(text)s” is too large. Write an amount of at most 1000000000000."),
    "too_large_in_usd": N_(
        "At the rate of the day this is USD %(text)s, which is too large. Put the rate or the amount right."
    ),
    "too_many_decimals": N_(
        "“%(text)s” has more decimals than %(currency)s has. Write at most %(digits)s decimals."
    ),
    "unknown_currency": N_("“%(text)s” is no currency known here. Write its ISO 4217 code: USD, EUR, CHF."),
    # Days and months
    "not_a_day": N_("“%(text)s” is not a date as it is written here. Write YYYY-MM-DD: 2026-03-15."),
    "no_such_day": N_("“%(text)s” is a day that no calendar has. Write one that exists: 2026-02-28."),
    "not_a_month": N_("“%(text)s” is not a month as it is written here. Write YYYY-MM: 2026-03."),
    "before_2000": N_(
        "“%(text)s” is before the year 2000. Write the year with its four digits, from 2000 on."
    ),
    "outside_programme": N_(
        "%(text)s is outside the programme. Write a month from %(first)s to %(last)s, or nothing."
    ),
    "window_ends_before_start": N_("%(text)s is before covers_from. Write %(start)s or a later month."),
    "in_future": N_("%(day)s is after today, %(today)s: it will count from that day on."),
    # Donors
    "unknown_country": N_("“%(text)s” is no country code. Write two letters, ISO 3166: CH, CI, CL."),
    "not_an_email": N_("“%(text)s” is not an e-mail address. Write it like name@example.org."),
    "unknown_donor": N_("There is no donor “%(text)s”. Record the donor first, or write the code of one."),
    # Rates
    "rate_not_above_zero": N_(
        "“%(text)s” is not above zero. Write units of the currency for one USD: 0.9350."
    ),
    "rate_of_usd": N_("The rate of USD is always 1. Leave this row out."),
    "rate_is_one": N_("%(currency)s stands at exactly 1 for one USD. Is that meant?"),
    "rate_inverted": N_(
        "%(text)s is nearer to the inverse of the last rate, %(last)s. Rates are units for one USD."
    ),
    "rate_far": N_("%(text)s is more than a fifth away from the last rate, %(last)s. Is that meant?"),
    "no_rate": N_(
        "No rate of %(currency)s is in force on %(day)s. Record one that is effective by that day."
    ),
    "rate_taken": N_(
        "“%(text)s” is on record already, with %(rate)s. Keep that, or correct it on its own page."
    ),
    "needs_this_rate": N_(
        "%(reference)s needs a rate of %(currency)s on %(day)s, and no other is in force then. "
        "Record one that is effective by that day first, or correct the value of this one."
    ),
    "not_a_rate_line": N_(
        "“%(text)s” is not a line of this list. Write the currency and its units for one USD: EUR 0.9180."
    ),
    "too_many_lines": N_("There are %(lines)s lines. Record at most %(most)s at once."),
    "rates_file_too_large": N_("The file is too large for a list of rates. Give one of at most %(most)s MB."),
    "only_rates": N_("This table holds no rates. Give a file with a table of rates alone."),
    # Pledges and their instalments
    "ten_times_signed": N_(
        "This is ten times the signed amount, %(currency)s %(amount)s, or more. Is that meant?"
    ),
    "ten_times_largest": N_(
        "This is ten times this donor’s largest pledge so far (%(reference)s, worth USD %(usd)s), or more. "
        "Is that meant?"
    ),
    "already_signed": N_("The agreement was signed on %(day)s. Amend the pledge to change that."),
    "already_closed": N_("The pledge was closed on %(day)s. Amend it to open it again."),
    "nothing_to_close": N_("Nothing of it is unpaid, so there is nothing to close."),
    "not_a_count": N_("“%(text)s” is not a number that is possible here. Write one from 1 to %(most)s."),
    "day_twice": N_("%(day)s stands there twice. Write every day once."),
    "nothing_to_spread": N_("Nothing of the amount is unpaid, so there is nothing to spread."),
    "too_many_parts": N_("The unpaid rest is too small for so many parts. Write fewer: at most %(most)s."),
    "not_on_hold": N_("This receipt is not on hold. Amend it to change its donor, pledge or earmark."),
    "still_unidentified": N_("Its payer is still not known. Choose the donor who paid."),
    "unidentified_stays": N_("Money from unknown payers waits here. This donor cannot be voided."),
    "logins_of_donor": N_("Logins belong to this donor: %(emails)s. Disable them first."),
    "before_pledged": N_("%(text)s is before the pledge itself. Write %(pledged)s or a later day."),
    "unknown_earmark": N_(
        "“%(text)s” is no earmark. Write core, outcomes (%(outcomes)s) with or without percentages, PS, "
        "targeted:<name> or hold."
    ),
    "support_with_others": N_("“%(text)s” names PS beside others. Write PS alone, or the others alone."),
    "outcome_twice": N_("“%(text)s” names an outcome twice. Write each once."),
    "percentages_on_some": N_(
        "“%(text)s” has percentages on some outcomes only. Write them on all or on none: O1:60 O2:40."
    ),
    "percentages_not_100": N_(
        "The percentages of “%(text)s” add up to %(total)s. Write percentages that add up to 100."
    ),
    "target_without_name": N_("“%(text)s” has no name. Write what the money is for: targeted:Chile."),
    "due_twice": N_("%(pledge)s has two instalments due on %(day)s. Write one for each day."),
    "schedule_does_not_add_up": N_(
        "The instalments of %(pledge)s add up to %(total)s and the pledge is %(amount)s. "
        "Write instalments that add up to it: %(difference)s is missing."
    ),
    "receipt_has_exact_split": N_(
        "Receipt %(receipt)s has an exact split, and money that is %(earmark)s is not split. "
        "Give the receipt an earmark of its own first."
    ),
    "still_named": N_("Other records name it: %(references)s. Void or change those first."),
    "receipts_of_another_donor": N_(
        "Receipt %(receipt)s under this pledge is from %(donor)s. Keep that donor, or move the receipt first."
    ),
    # Receipts
    "unknown_pledge": N_("There is no pledge “%(text)s”. Record the pledge first, or leave this empty."),
    "another_donors_pledge": N_(
        "Pledge “%(text)s” is of %(owner)s and not of %(donor)s. Name a pledge of the same donor, or none."
    ),
    "credited_above_sent": N_(
        "%(text)s is more than the amount. Write what was credited of it: at most %(amount)s."
    ),
    "unknown_split": N_(
        "“%(text)s” is not a split. Write USD by outcome (%(outcomes)s), like this: O1:100.00 PS:13.00."
    ),
    "split_does_not_add_up": N_(
        "The parts add up to %(total)s. Write parts that add up to the receipt's USD: %(usd)s."
    ),
    "split_of_money_set_aside": N_(
        "Money with the earmark %(earmark)s is not split over outcomes. Leave the split empty."
    ),
    "likely_double": N_("The same donor, day and amount as receipt %(reference)s. Is it other money?"),
    "window_over": N_(
        "The months that this money may cover would start with %(start)s and end with %(until)s: "
        "all of it will be unused."
    ),
    "after_its_refund": N_("Refund %(refund)s is dated %(day)s. Write that day or an earlier one."),
    "below_its_refunds": N_("%(currency)s %(refunded)s was given back of it. Write at least that."),
    # Refunds
    "unknown_receipt": N_(
        "There is no receipt “%(text)s”. Record the receipt first, or write the right one."
    ),
    "before_receipt": N_("%(text)s is before the receipt itself. Write %(day)s or a later day."),
    "above_what_is_left": N_(
        "%(text)s is above what is left of the receipt. Write at most %(left)s %(currency)s."
    ),
    # Closed months
    "month_closed": N_(
        "%(month)s is closed. Record a correction in an open month that names this record, "
        "or have an administrator reopen it."
    ),
    "month_closed_already": N_("%(month)s is closed already. There is nothing to do."),
    "month_not_over": N_("%(month)s is not over. Close it once it has ended."),
    "month_changed": N_("%(month)s was reopened or closed anew meanwhile. Look at it again, then decide."),
    "bank_lines_open": N_(
        "Bank lines of %(month)s that nothing explains: %(lines)s. Settle each, or set it aside, saying why."
    ),
    "no_bank_list": N_(
        "No bank list holds a line of %(month)s. Upload it, or tick this and note what you checked instead."
    ),
    "earlier_months_open": N_("Earlier months are open: %(names)s. Close this one all the same?"),
    # Budget versions
    "adopted_in_future": N_(
        "%(text)s is after today, %(today)s. Write the day the version was adopted, today or before."
    ),
    "shares_not_100": N_("The shares add up to %(total)s percent. Write shares that add up to 100 percent."),
    "share_too_fine": N_("“%(text)s” has more than %(digits)s decimals. Write a percentage like 16.58."),
    "share_outside": N_("“%(text)s” is no share of a whole. Write a percentage from 0 to 100."),
    "amounts_not_the_total": N_(
        "The amounts add up to %(total)s. Write amounts adding up to the monthly total, %(amount)s, or none."
    ),
    "budget_retroactive": N_(
        "The version takes effect from %(month)s: months that are over, up to %(last)s, change. Papers "
        "issued before stay as they were frozen; the position of those months changes. Is that meant?"
    ),
    "not_as_previewed": N_("This is not what was shown. It is shown here anew: look again, then adopt it."),
    # References
    "reference_voided": N_("“%(text)s” belongs to a voided record and stays taken. Write another one."),
    "reference_taken": N_("“%(text)s” is on record already. Write another one."),
    "twice_in_files": N_("“%(text)s” stands in %(file)s, row %(row)s, already. Write every record once."),
    "differs_from_record": N_(
        "“%(key)s” is on record with “%(old)s”, here it is “%(new)s”. "
        "Write what is on record, or import with --update to change it."
    ),
    "schedule_differs_from_record": N_(
        "“%(key)s” is on record with other instalments (%(old)s). "
        "Write those, or import with --update to change them."
    ),
    # Files
    "unknown_file": N_("The name is none that is known here. Name it %(names)s, or give a workbook (.xlsx)."),
    "unknown_sheet": N_("The sheet's name is none that is known here. Name it one of: %(names)s."),
    "no_tables": N_("The folder holds no CSV file. Put files of these names into it: %(names)s."),
    "no_sheets": N_("The workbook has no sheet to read. Give it sheets of these names: %(names)s."),
    "file_unreadable": N_("The file cannot be read (%(reason)s). Give one that can."),
    "empty_file": N_("There is nothing in it. Write the names of the columns in the first row."),
    "workbook_named_csv": N_("This is a workbook and not CSV. Name it .xlsx, or save it as CSV UTF-8."),
    "not_text": N_("This is not a text file. Save the table as CSV UTF-8."),
    "not_utf8": N_("The file is not in UTF-8. Save the table as CSV UTF-8."),
    "not_comma_separated": N_("The columns are not separated by commas. Save the table with commas."),
    "missing_column": N_("The column %(text)s is missing. Add it; it is required."),
    "unknown_column": N_("“%(text)s” is no column of this table. Its columns are: %(columns)s."),
    "column_twice": N_("The column %(text)s stands there twice. Keep one of them."),
    "more_cells_than_columns": N_(
        "The row has a cell without a column: “%(text)s”. Put texts with a comma between quotation marks."
    ),
    "quote_not_closed": N_("A quotation mark is opened and not closed. Close it; double one inside a text."),
    "quotes_malformed": N_("Text follows a closing quotation mark. Double a quotation mark inside a text."),
    "cell_too_large": N_("A cell has more than %(most)s characters. A quotation mark may not be closed."),
    # Workbooks
    "workbook_damaged": N_("This is not a workbook that can be read. Save it again as .xlsx."),
    "workbook_with_macros": N_("The workbook has macros in it. Save it as .xlsx, without."),
    "workbook_too_large": N_("The workbook is too large. Give one of at most %(most)s MB."),
    "workbook_unpacks_too_large": N_("Unpacked, the workbook is too large. Give one of at most %(most)s MB."),
    "workbook_many_members": N_(
        "The workbook is made of %(members)s parts. Save it again as .xlsx: at most %(most)s are read."
    ),
    "sheet_too_large": N_(
        "A sheet is said to have %(cells)s cells. Delete empty rows and columns: at most %(most)s are read."
    ),
    "cell_is_error": N_("Cell %(cell)s holds an error. Put right its formula, or write its value."),
    "cell_is_boolean": N_("“%(text)s” is a truth value. Write yes or no, as text."),
    "cell_has_time": N_("“%(text)s” has a time of day. Write the date alone."),
    "cell_is_time": N_("“%(text)s” is a time and not a date. Write the date: 2026-03-15."),
    # People and the files kept with them
    "not_a_phone": N_("“%(text)s” is not a telephone number. Write it with its country: +41 22 799 6111."),
    "not_a_caretaker": N_("“%(text)s” is no active officer or administrator. Choose one of the list."),
    "looked_after": N_("%(name)s looks after it already. Change that entry, or void it first."),
    "another_donors_receipt": N_(
        "Receipt “%(text)s” is of %(owner)s and not of %(donor)s. Name a receipt of the same donor, or none."
    ),
    "file_missing": N_("No file was chosen. Choose one from your computer."),
    "file_empty": N_("“%(text)s” is empty. Choose a file with something in it."),
    "file_too_large": N_("“%(text)s” is too large. Choose a file of at most %(most)s MB."),
    "file_type_not_kept": N_("“%(text)s” is not of a type that is kept. Choose one of: %(words)s."),
    "file_not_what_it_says": N_(
        "“%(text)s” is not what its name says. Save it again where it was made, and choose that."
    ),
    "file_damaged": N_("“%(text)s” is damaged or was cut off. Save it again, and choose that."),
    "file_has_macros": N_("“%(text)s” has macros in it. Save it as .docx without, or as PDF."),
    "file_unpacks_too_large": N_("Unpacked, “%(text)s” is too large: over %(most)s MB. Save it as PDF."),
    "file_kept_already": N_("This very file is kept here already, as “%(text)s”. Choose another one."),
    # Bank lists
    "upload_missing": N_("Nothing is given. Choose a file, or paste the list."),
    "upload_twice": N_("A file and a text are given. Give one of them."),
    "upload_unknown": N_("The file is neither CSV nor a workbook: its name ends in .csv, .txt or .xlsx."),
    "upload_too_large": N_("This is too large for a bank list. Give at most %(most)s MB."),
    "list_too_long": N_("The list has %(rows)s rows. Give at most %(most)s at once."),
    "list_lost": N_("The list was lost on its way. Give it again."),
    "no_such_row": N_("The list has no row %(text)s. Write a number from 1 to %(rows)s."),
    "no_such_column": N_("The list has no column “%(text)s”. Choose one of: %(names)s."),
    "currency_not_chosen": N_("Choose the column that says the currency, or the one currency of all rows."),
    "format_not_named": N_("Say how the list writes this. Choose one of: %(words)s."),
    "not_in_number_format": N_(
        "“%(text)s” is not written like %(form)s. Choose another format or correct it."
    ),
    "not_in_date_format": N_("“%(text)s” is not written like %(form)s. Choose another format or correct it."),
    "no_credits": N_("The list has no credit: no amount above zero. Choose another column for the amount."),
    "line_changed": N_("Somebody changed this meanwhile. It is shown here as it stands now; look again."),
    "suggestions_changed": N_("What is suggested has changed meanwhile. It is shown here anew; look again."),
    "receipt_in_use": N_("Receipt “%(text)s” stands for another line of a bank list. Choose another one."),
    "line_differs": N_("Receipt %(reference)s is %(amount)s of %(day)s. Is it this money all the same?"),
    "list_has_settled": N_("%(lines)s of its lines are settled. Open those again first."),
    # Logins
    "password_short": N_("The password is short. Write at least %(least)s characters."),
    "password_common": N_(
        "This password is one of the first that others would try. Write four or more words that have nothing "
        "to do with each other."
    ),
    "password_own_words": N_(
        "This password is made of your name, your address or words of the programme. Write four or more "
        "other words that have nothing to do with each other."
    ),
    "password_wrong": N_("This is not your password. Write the one that you sign in with."),
    "password_same": N_("This is the old password. Write a new one."),
    "code_wrong": N_(
        "This code does not fit, or was used. Write the six digits that the app shows next, or a recovery "
        "code."
    ),
    "factor_needed": N_("Your role needs a second factor. Set up another one in its place instead."),
    "email_taken": N_("“%(text)s” has a login already. Write another address."),
    "donor_needed": N_("A login of a donor belongs to one donor. Give the donor's code."),
    "donor_not_wanted": N_("A login with the role %(role)s belongs to no donor. Leave the donor away."),
    "own_role": N_("This is your own login. Ask another administrator to change your role."),
    "period_backwards": N_(
        "The period ends before it starts. Write a last day that is not before the first."
    ),
    "known_later": N_(
        "What will be known later cannot be told now. Write a moment that has passed, or nothing."
    ),
    "known_nothing": N_(
        "Nothing had been recorded by then. Write a later moment, or nothing for all that is known."
    ),
    "known_backwards": N_(
        "The later state would know less than the earlier one. Write a later moment, or nothing."
    ),
    "period_not_over": N_("The period is not over. Write a last day up to %(today)s."),
    "statement_issued": N_(
        "A statement for this very period was issued: %(number)s. If it is wrong, issue a correction of it."
    ),
    "not_to_correct": N_("%(number)s is not the newest statement for this period. Correct the newest one."),
    "meeting_taken": N_("Number %(number)s belongs to another meeting. Write one that is free."),
    "meeting_number_fixed": N_(
        "A paper of meeting %(number)s is frozen and names it. The number stays; change the rest."
    ),
    "meeting_has_paper": N_(
        "A paper of meeting %(number)s is frozen, so the meeting stays. Amend it, or correct its paper."
    ),
    "day_ahead": N_("%(day)s is still to come. Write a day up to %(today)s, or nothing."),
    "moment_ahead": N_("“%(text)s” is still to come. Write a moment that has been, or nothing."),
    "nothing_known": N_("Nothing had been recorded by then. Write a later moment, or nothing."),
    "paper_frozen": N_(
        "This meeting’s paper is frozen: paper %(number)s. If it is wrong, freeze a correction of it."
    ),
    "paper_not_to_correct": N_(
        "%(number)s is not the paper of this meeting that holds. Correct the newest one."
    ),
    "last_admin": N_("This is the last active administrator. Give another login that role first."),
    "user_changed": N_("Somebody else has changed this login meanwhile. Look at it again, then decide."),
    "user_disabled": N_("This login is disabled. Enable it first, then make a link."),
    "invite_no_email": N_("No e-mail is recorded for this contact. Amend the contact first: add one."),
    "invite_unusable_email": N_(
        "No message can be sent to “%(text)s”. Amend the contact first: one address, plain letters."
    ),
    "invite_unidentified": N_(
        "Money from unknown payers waits here. Nobody signs in for it, so nobody is invited."
    ),
    "invite_voided_donor": N_("This donor is voided. Invite contacts of donors that are on record."),
    "invite_active": N_("They have a login already and can sign in. There is nothing to do."),
    "invite_disabled": N_("The login of this address is disabled. Ask an administrator."),
    "invite_another_kind": N_("This address already has a login of another kind; ask an administrator."),
    "invite_changed": N_(
        "The contact or their invitation has changed meanwhile. It stands here as it is now; look again."
    ),
    "unknown_user": N_("There is no login “%(text)s”. Write the address of one."),
}
