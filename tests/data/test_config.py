"""Settings are read once, and what will not do is refused with what would."""

from pathlib import Path

import pytest

from tracker.config import BadSetting, normal_url, read_settings


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


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgresql_addresses_name_the_driver_that_is_installed(scheme: str) -> None:
    assert normal_url(f"{scheme}://u:p@h/d") == "postgresql+psycopg://u:p@h/d"
