"""An import, recorded: all of a plan or, where anything fails, nothing of it."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from tracker.domain.permissions import Actor
from tracker.domain.register import KINDS
from tracker.importing.plan import Plan
from tracker.services.store import Store


def store(
    session: Session,
    *,
    actor: Actor,
    programme_id: int,
    plan: Plan,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Record everything a plan holds, in the order in which records refer to each other."""
    keeper = Store(session, actor, programme_id)
    for kind in KINDS:
        keeper.add(kind, plan.new.get(kind, ()), progress)
        for _, entry in plan.changed.get(kind, ()):
            keeper.change(kind, entry)
            if progress:
                progress(1)
