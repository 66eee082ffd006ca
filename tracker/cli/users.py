"""`tracker user …`: logins, from the machine that serves."""

import secrets
import sys

import click
from flask import current_app

from tracker.cli.work import begin, command
from tracker.domain.vocabulary import ROLES

PASSWORD_BYTES = 15

user_group = click.Group("user", short_help="Logins: add, list, disable, reset.", help="Logins.")


def _password_from(stdin: bool) -> str:
    """The first line of standard input, or a new one of 20 characters."""
    if not stdin:
        return secrets.token_urlsafe(PASSWORD_BYTES)
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise click.UsageError(
            "--password-stdin: standard input holds no password. Write it on its first line."
        )
    return password


@command("add", short_help="Add a login.")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--donor", metavar="CODE", help="Whose login it is, for the role donor.")
@click.option("--name", metavar="N", default="", help="The person's name.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add_command(
    acting: str | None, email: str, role: str, donor: str | None, name: str, password_stdin: bool
) -> None:
    """Add a login. Without --password-stdin a password is made and printed once."""
    from tracker.services.users import add_user

    if role == "donor" and not donor:
        raise click.UsageError("A login with the role donor needs --donor CODE.")
    if role != "donor" and donor:
        raise click.UsageError(f"A login with the role {role} belongs to no donor: leave --donor away.")
    password = _password_from(password_stdin)
    work = begin(acting, writes=True)
    add_user(
        work.session,
        actor=work.actor,
        programme_id=work.programme_id,
        email=email,
        role=role,
        donor=donor,
        name=name,
        password=password,
    )
    work.session.commit()
    click.echo(f"Added {email} ({role}).", err=True)
    if not password_stdin:
        click.echo("Its password, shown this once:", err=True)
        click.echo(password)


@command("list", short_help="List the logins.")
def list_command(acting: str | None) -> None:
    """Every login: address, role, donor, state, name."""
    from tracker.queries.users import list_users

    work = begin(acting)
    for user in list_users(work.session, work.programme_id):
        state = "disabled" if user.disabled else "active" if user.has_password else "no password"
        click.echo(
            f"{user.email:<36} {user.role:<8} {user.donor or '-':<14} {state:<12} {user.name}".rstrip()
        )


@command("disable", short_help="Disable a login.")
@click.argument("email")
def disable_command(acting: str | None, email: str) -> None:
    """Disable a login: its open sessions end at once."""
    from tracker.services.users import disable_user

    work = begin(acting, writes=True)
    disable_user(work.session, actor=work.actor, programme_id=work.programme_id, email=email)
    work.session.commit()
    click.echo(f"Disabled {email}.", err=True)


@command("reset", short_help="Print a one-time link that sets a new password.")
@click.argument("email")
def reset_command(acting: str | None, email: str) -> None:
    """Print a one-time link that sets a new password.

    The old password, the second factor and open sessions end now.
    """
    from tracker.services.users import reset_user

    work = begin(acting, writes=True)
    token = reset_user(work.session, actor=work.actor, programme_id=work.programme_id, email=email)
    work.session.commit()
    click.echo("A link that works once:", err=True)
    click.echo(f"{current_app.config['TRACKER'].base_url}/password/{token}")


for _command in (add_command, list_command, disable_command, reset_command):
    user_group.add_command(_command)
