"""Every route names who may take it, and a real request by everybody proves it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.web.cast import EMAILS, Person, business_rows, signed_in
from tracker.access import required_action
from tracker.domain.permissions import RIGHTS, allowed

SAMPLES = {
    "code": "FR",
    "reference": "FR-1",
    "outcome": "O2",
    "month": "2026-03",
    "token": "no-such-token",
    "filename": "look.css",
    "currency": "EUR",
    "effective_on": "2026-03-01",
    "email": "gcg@alliance.test",
    "what": "contacts",
    "row_id": "1",
    "kind": "donors",
    "number": "FR-1",
    "form": "xlsx",
    "list_id": "1",
    "line_id": "1",
    "upload_id": "1",
    "listed": "problems",
    "mapping_id": "1",
    "meeting_no": "22",
    "paper_no": "1",
    "merge_id": "1",
}
FILES = ("static", "bootstrap.static")

# What every route asks for. A new route is entered here, so that nobody opens a door unseen.
DOORS = {
    "auth.login": "anyone",
    "auth.sign_in": "anyone",
    "auth.logout": "signed_in",
    "auth.password": "anyone",
    "auth.set_password": "anyone",
    "steps.code": "anyone",
    "steps.send_code": "anyone",
    "steps.set_up": "anyone",
    "steps.confirm": "anyone",
    "forgotten.ask": "anyone",
    "forgotten.send": "anyone",
    "health.index": "anyone",
    "account.index": "signed_in",
    "account.password": "signed_in",
    "account.end_session": "signed_in",
    "account.end_sessions": "signed_in",
    "factor.index": "signed_in",
    "factor.begin": "signed_in",
    "factor.confirm": "signed_in",
    "factor.renew": "signed_in",
    "factor.remove": "signed_in",
    "overview.index": "see_position",
    "overview.month": "see_position",
    "overview.cell": "see_position",
    "changes.index": "see_position",
    "changes.compare": "see_position",
    "changes.workbook": "download_workbook",
    "budget.index": "see_position",
    "budget.new": "adopt_budget",
    "budget.adopt": "adopt_budget",
    "closings.index": "see_records",
    "closings.ask_close": "close_month",
    "closings.close": "close_month",
    "closings.ask_reopen": "reopen_month",
    "closings.reopen": "reopen_month",
    "contributors.index": "see_position",
    "exposure.index": "see_position",
    "reports.workbook": "download_workbook",
    "iati.index": "see_records",
    "iati.file": "see_records",
    "donors.index": "see_records",
    "donors.show": "see_records",
    "donors.new": "record",
    "donors.create": "record",
    "donors.edit": "record",
    "donors.amend": "record",
    "merges.index": "see_records",
    "merges.ask": "record",
    "merges.merge": "record",
    "merges.ask_undo": "record",
    "merges.undo": "record",
    "pledges.index": "see_records",
    "pledges.show": "see_records",
    "pledges.new": "record",
    "pledges.create": "record",
    "pledges.edit": "record",
    "pledges.amend": "record",
    "receipts.index": "see_records",
    "receipts.show": "see_records",
    "receipts.new": "record",
    "receipts.create": "record",
    "receipts.preview": "record",
    "pledge_life.ask_sign": "record",
    "pledge_life.sign": "record",
    "pledge_life.ask_close": "record",
    "pledge_life.close": "record",
    "pledge_life.ask_schedule": "record",
    "pledge_life.schedule": "record",
    "receipt_life.edit": "record",
    "receipt_life.amend": "record",
    "receipt_life.ask_assign": "record",
    "receipt_life.assign": "record",
    "refund_pages.new": "record",
    "refund_pages.create": "record",
    "refund_pages.show": "see_records",
    "refund_pages.edit": "record",
    "refund_pages.amend": "record",
    "voiding.ask_donor": "record",
    "voiding.void_donor": "record",
    "voiding.ask_pledge": "record",
    "voiding.void_pledge": "record",
    "voiding.ask_receipt": "record",
    "voiding.void_receipt": "record",
    "voiding.ask_refund": "record",
    "voiding.void_refund": "record",
    "portal.index": "see_own",
    "portal.the_programme": "see_own",
    "statements.own_index": "see_own",
    "statements.own_draft": "see_own",
    "statements.own_draft_file": "see_own",
    "statements.own_issued": "see_own",
    "statements.own_file": "see_own",
    "issuing.index": "see_records",
    "issuing.show": "see_records",
    "issuing.draft": "see_records",
    "issuing.draft_file_of": "see_records",
    "issuing.ask": "record",
    "issuing.issue": "record",
    "issuing.issued_page": "see_records",
    "issuing.file": "see_records",
    "issuing.letter": "see_records",
    "issuing.letter_file": "see_records",
    "meetings.index": "see_papers",
    "meetings.show": "see_papers",
    "meetings.new": "record",
    "meetings.create": "record",
    "meetings.edit": "record",
    "meetings.amend": "record",
    "meetings.ask_decisions": "record",
    "meetings.minute": "record",
    "meetings.ask_void": "record",
    "meetings.void": "record",
    "meetings.ask_draft": "record",
    "meetings.set_draft": "record",
    "meetings.draft_file": "record",
    "meetings.ask_freeze": "record",
    "meetings.freeze": "record",
    "meetings.paper": "see_papers",
    "meetings.verify": "see_papers",
    "meetings.file": "see_papers",
    "bundles.begin": "see_records",
    "bundles.show": "see_records",
    "bundles.proceed": "see_records",
    "bundles.fetch": "see_records",
    "imports.index": "see_records",
    "imports.new": "record",
    "imports.keep": "record",
    "imports.show": "see_records",
    "imports.found": "see_records",
    "imports.progress": "see_records",
    "imports.download": "see_records",
    "imports.record_it": "record",
    "imports.drop": "record",
    "imports.earmark": "record",
    "import_columns.show": "record",
    "import_columns.again": "record",
    "import_columns.choose": "record",
    "import_names.show": "record",
    "import_names.decide": "record",
    "mappings.index": "see_records",
    "mappings.show": "see_records",
    "mappings.download": "see_records",
    "mappings.new": "record",
    "mappings.create": "record",
    "mappings.edit": "record",
    "mappings.amend": "record",
    "mappings.void": "record",
    "bank.index": "see_records",
    "bank.show": "see_records",
    "bank.line": "see_records",
    "bank.new": "record",
    "bank.read": "record",
    "bank.preview": "record",
    "bank.create": "record",
    "bank.confirm_all": "record",
    "bank.void": "record",
    "bank.settle": "record",
    "bank.record_line": "record",
    "bank.hold": "record",
    "bank.set_aside": "record",
    "bank.reopen": "record",
    "instalments.index": "see_records",
    "refunds.index": "see_records",
    "search.index": "see_records",
    "rates.index": "see_records",
    "rates.show": "see_records",
    "rates.new": "record",
    "rates.create": "record",
    "rates.edit": "record",
    "rates.amend": "record",
    "rates.month": "record",
    "rates.create_month": "record",
    "rates.ask_void": "record",
    "rates.void_rate": "record",
    "users.index": "manage_users",
    "users.show": "manage_users",
    "users.new": "manage_users",
    "users.create": "manage_users",
    "users.role": "manage_users",
    "users.disable": "manage_users",
    "users.enable": "manage_users",
    "users.reset": "manage_users",
    "people.new": "record",
    "people.create": "record",
    "people.edit": "record",
    "people.amend": "record",
    "people.ask_void": "record",
    "people.void": "record",
    "invitations.ask": "invite",
    "invitations.send": "invite",
    "files.new": "record",
    "files.create": "record",
    "files.download": "see_records",
    "history.index": "see_records",
    "history.show": "see_records",
    "handover.index": "see_records",
    "handover.table": "see_records",
    "viewing.start": "view_as",
    "viewing.stop": "signed_in",
    "help.index": "signed_in",
    "help.style": "manage_users",
}
OF_A_RECEIPT = (
    "receipts.show",
    *("receipt_life.edit", "receipt_life.amend", "receipt_life.ask_assign", "receipt_life.assign"),
    *("refund_pages.new", "refund_pages.create", "voiding.ask_receipt", "voiding.void_receipt"),
)
RECEIPT = {endpoint: {"reference": "R1"} for endpoint in OF_A_RECEIPT}
ROLES = ("nobody", "admin", "officer", "gcg", "donor")
LAST = "auth.logout"


def rules(app: Flask) -> list[Rule]:
    """Every rule, the one that ends the session last."""
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint == LAST, rule.rule))


def address(app: Flask, rule: Rule) -> str:
    """A real address of a rule."""
    values = {name: SAMPLES[name] for name in rule.arguments} | RECEIPT.get(rule.endpoint, {})
    with app.test_request_context():
        built = app.url_map.bind("localhost").build(rule.endpoint, values)
    return built


def attempts(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Every rule with every method it takes."""
    for rule in rules(app):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, address(app, rule)


def person_of(app: Flask, role: str) -> Person:
    """Somebody of a role, who has a valid token."""
    if role != "nobody":
        return signed_in(app, EMAILS[role])
    person = Person(app.test_client())
    person.get("/login")
    return person


def test_a_route_that_names_no_action_is_refused(app: Flask) -> None:
    app.add_url_rule("/open-by-mistake", "open_by_mistake", lambda: "inside")
    for role in ("nobody", "admin"):
        assert person_of(app, role).get("/open-by-mistake").status_code == 403


def test_every_route_names_an_action_that_exists(app: Flask) -> None:
    with app.app_context():
        actions = {rule.endpoint: required_action(rule.endpoint) for rule in rules(app)}
    assert {action for action in actions.values() if action != "anyone"} <= set(RIGHTS)
    assert [endpoint for endpoint, action in actions.items() if action is None] == []
    assert {name: action for name, action in actions.items() if name not in FILES} == DOORS


def test_every_part_of_an_address_has_a_declared_type(app: Flask) -> None:
    untyped = [r.rule for r in rules(app) if "<" in r.rule and any(":" not in p for p in parts(r.rule))]
    assert not untyped


def parts(rule: str) -> list[str]:
    """What stands between the angle brackets of a rule."""
    return [piece.partition(">")[0] for piece in rule.split("<")[1:]]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_passes_its_own_doors_and_no_other(app: Flask, role: str) -> None:
    person = person_of(app, role)
    wrong, tried = [], 0
    for rule, method, path in attempts(app):
        with app.app_context():
            action = required_action(rule.endpoint)
        assert action is not None
        answer = person.post(path) if method == "POST" else person.get(path)
        tried += 1
        if verdict(role, rule.endpoint, answer) != allowed(None if role == "nobody" else role, action):
            wrong.append(f"{method} {path}: {answer.status}")
    assert tried > 20
    assert not wrong


def verdict(role: str, endpoint: str, answer: object) -> bool:
    """Whether an answer let somebody in."""
    status, where = answer.status_code, answer.headers.get("Location", "")  # type: ignore[attr-defined]
    sent_away = status == 302 and (
        where.startswith("/login?") or (endpoint, where) == ("overview.index", "/own")
    )
    return status != 403 and not sent_away


@pytest.mark.parametrize("role", ["officer", "donor"])
def test_reading_changes_no_record(app: Flask, role: str) -> None:
    person = person_of(app, role)
    before = business_rows(app)
    for rule, method, path in attempts(app):
        if method == "GET" and rule.endpoint not in ("static", "bootstrap.static"):
            person.get(path)
    assert business_rows(app) == before


def test_no_form_is_taken_without_this_sessions_token(app: Flask, officer: Person) -> None:
    other = person_of(app, "gcg").token
    before = business_rows(app)
    for token in ("", "nonsense", other):
        for _rule, method, path in attempts(app):
            if method == "POST":
                answer = officer.client.post(path, data={"csrf_token": token})
                assert answer.status_code == 400, path
    assert business_rows(app) == before


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_taken(app: Flask, officer: Person, method: str) -> None:
    for path in ("/donors/FR", "/pledges/edit/FR-1", "/receipts/new", "/own"):
        answer = officer.client.open(
            path, method=method, data={"csrf_token": officer.token}, headers={"X-HTTP-Method-Override": "GET"}
        )
        assert answer.status_code == 405


def test_rights_taken_away_are_gone_at_the_next_request(app: Flask, officer: Person) -> None:
    from tests.web.cast import NOON
    from tracker.domain.permissions import Actor
    from tracker.extensions import begin_write, db
    from tracker.queries.programmes import the_programme
    from tracker.services.users import disable_user

    assert officer.get("/donors").status_code == 200
    with app.app_context():
        begin_write(db.session())
        here = the_programme(db.session()).id
        disable_user(db.session(), actor=Actor("test", NOON), programme_id=here, email=EMAILS["officer"])
        db.session.commit()
    assert officer.get("/donors").status_code == 302
