"""`tracker serve`: a production server, on this machine unless told otherwise."""

import click
from flask import current_app

from tracker.cli.work import Work, begin, command


@command("serve", short_help="Serve the pages.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option(
    "--demo", is_flag=True, help="Add believable contributions and one login per role, printed once."
)
def serve_command(acting: str | None, host: str, port: int, demo: bool) -> None:
    """Serve the pages with a production server."""
    from waitress.server import create_server

    from tracker import create_app

    work = begin(acting, writes=demo)
    app = create_app(current_app.config["TRACKER"])
    proxied = current_app.config["TRACKER"].proxy_hops > 0  # then the application reads their headers itself
    # a port that is taken is told first
    server = create_server(app, host=host, port=port, ident=None, clear_untrusted_proxy_headers=not proxied)
    if demo:
        _add_demo(work)
    work.session.close()
    click.echo(f"Serving on http://{host}:{getattr(server, 'effective_port', port)}", err=True)
    try:
        server.run()
    finally:
        server.close()


def _add_demo(work: Work) -> None:
    """Demo records and logins, where there are none yet."""
    from tracker.services.demo import DemoRefused, add_demo

    try:
        logins = add_demo(work.session, actor=work.actor, programme_id=work.programme_id, today=work.today)
    except DemoRefused as error:
        click.echo(str(error), err=True)
        return
    work.session.commit()
    if not logins:
        click.echo(
            "The demo's records and logins are there already; its passwords were printed once. "
            "A new one: tracker user reset officer@tracker.example",
            err=True,
        )
    for role, email, password in logins:
        click.echo(f"{role:<8} {email:<28} {password}")
