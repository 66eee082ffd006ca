"""Settings are read once, and what will not do is refused with what would."""

from pathlib import Path

import pytest

from tracker import create_app
from tracker.config import BadSetting, Settings, normal_url, read_settings
from tracker.database import prepare
from tracker.extensions import db


def test_an_empty_environment_is_enough(tmp_path: Path) -> None:
    settings = read_settings({"TRACKER_INSTANCE_PATH": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path / 'tracker.sqlite3'}"
    assert not settings.production


def test_the_secret_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = read_settings({"TRACKER_INSTANCE_PATH": str(tmp_path)})
    second = read_settings({"TRACKER_INSTANCE_PATH": str(tmp_path)})
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"TRACKER_ENV": "prod"}, "development or production"),
        ({"TRACKER_ENV": "production", "TRACKER_SECRET_KEY": "short"}, "at least 32"),
        ({"TRACKER_BUSY_SECONDS": "soon"}, "number of seconds"),
        ({"TRACKER_BUSY_SECONDS": "-1"}, "number of seconds"),
    ],
)
def test_what_will_not_do_is_refused(tmp_path: Path, environment: dict[str, str], says: str) -> None:
    with pytest.raises(BadSetting, match=says):
        read_settings({"TRACKER_INSTANCE_PATH": str(tmp_path), **environment})


LIVE = {"TRACKER_ENV": "production", "TRACKER_BASE_URL": "https://funding.example.org"}
GOOD_SECRET = "q8Zr-3vWk_1mXy7TnB5cLd9FhJ0pGsUe"


def test_production_starts_with_safe_settings_and_asks_for_second_factors(tmp_path: Path) -> None:
    settings = read_settings(
        {**LIVE, "TRACKER_INSTANCE_PATH": str(tmp_path), "TRACKER_SECRET_KEY": GOOD_SECRET}
    )
    assert settings.production
    assert settings.behind_tls
    assert settings.factor_roles == ("admin", "officer")
    assert settings.proxy_hops == 0


def test_elsewhere_second_factors_are_asked_for_only_where_the_setting_says_so(tmp_path: Path) -> None:
    here = {"TRACKER_INSTANCE_PATH": str(tmp_path)}
    assert read_settings(here).factor_roles == ()
    assert read_settings({**here, "TRACKER_SECOND_FACTOR": "required"}).factor_roles == ("admin", "officer")
    assert read_settings({**here, **LIVE, "TRACKER_SECOND_FACTOR": "optional"}).factor_roles == ()


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"TRACKER_SECRET_KEY": "k" * 40}, "one for development"),
        ({"TRACKER_SECRET_KEY": "development-key-" + GOOD_SECRET}, "one for development"),
        ({"TRACKER_SECRET_KEY": GOOD_SECRET[:31]}, "at least 32"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG is set"),
        ({"TRACKER_BASE_URL": ""}, "with https"),
        ({"TRACKER_BASE_URL": "http://funding.example.org"}, "with https"),
        ({"TRACKER_BASE_URL": "https://a b"}, "with https"),
        ({"TRACKER_DATABASE_URL": "sqlite://"}, "in memory"),
        ({"TRACKER_DATABASE_URL": "sqlite:///:memory:"}, "in memory"),
        ({"TRACKER_DATABASE_URL": "sqlite:///file:x?mode=memory&uri=true"}, "in memory"),
        ({"TRACKER_SECOND_FACTOR": "yes"}, "required or optional"),
        ({"TRACKER_PROXY_HOPS": "many"}, "from 0 to 8"),
        ({"TRACKER_PROXY_HOPS": "-1"}, "from 0 to 8"),
        ({"TRACKER_PROXY_HOPS": "٣"}, "from 0 to 8"),
    ],
)
def test_production_does_not_start_on_what_is_unsafe(
    tmp_path: Path, environment: dict[str, str], says: str
) -> None:
    with pytest.raises(BadSetting, match=says):
        read_settings({**LIVE, "TRACKER_INSTANCE_PATH": str(tmp_path), **environment})


def test_production_does_not_start_on_a_file_that_others_may_read(tmp_path: Path) -> None:
    file = tmp_path / "tracker.sqlite3"
    environment = {**LIVE, "TRACKER_INSTANCE_PATH": str(tmp_path), "TRACKER_SECRET_KEY": GOOD_SECRET}
    file.touch(mode=0o600)
    file.chmod(0o644)
    with pytest.raises(BadSetting, match="chmod 600"):
        read_settings(environment)
    file.chmod(0o600)
    assert read_settings(environment).production


def test_a_new_database_file_is_its_owners_alone(tmp_path: Path) -> None:
    app = create_app(Settings(f"sqlite:///{tmp_path / 'new.sqlite3'}", tmp_path, "x" * 40, "development", 2))
    prepare(app)
    with app.app_context():
        db.engine.dispose()
    assert (tmp_path / "new.sqlite3").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgresql_addresses_name_the_driver_that_is_installed(scheme: str) -> None:
    assert normal_url(f"{scheme}://u:p@h/d") == "postgresql+psycopg://u:p@h/d"
