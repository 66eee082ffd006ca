"""Who publishes under IATI: from the environment, checked before anything starts."""

from pathlib import Path

import pytest

from tracker.config import DEFAULT_PUBLISHER, BadSetting, read_settings
from tracker.domain.publishing import Publisher


def publisher(folder: Path, **said: str) -> Publisher:
    named = {f"TRACKER_IATI_{name}": text for name, text in said.items()}
    return read_settings({"TRACKER_INSTANCE_PATH": str(folder), **named}).publisher


def test_without_settings_the_ilo_publishes(tmp_path: Path) -> None:
    assert publisher(tmp_path) == DEFAULT_PUBLISHER
    assert publisher(tmp_path, REPORTING_REF="", SECTOR=" ") == DEFAULT_PUBLISHER


def test_the_activity_follows_the_organisation(tmp_path: Path) -> None:
    found = publisher(tmp_path, REPORTING_REF="GB-COH-1", REPORTING_NAME="A & B", REPORTING_TYPE="60")
    assert found == Publisher("GB-COH-1", "A & B", "60", "GB-COH-1-A87-MDP", "16070")
    assert publisher(tmp_path, REPORTING_REF="GB-COH-1", ACTIVITY="GB-COH-1-9").activity == "GB-COH-1-9"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("REPORTING_REF", "ILO"),
        ("REPORTING_REF", "XM DAC-1"),
        ("REPORTING_REF", "XM-DAC/1"),
        ("REPORTING_REF", "XM-DAC-1\x00"),
        ("REPORTING_REF", "XM-" + "1" * 400),
        ("REPORTING_NAME", "a\nb"),
        ("REPORTING_NAME", "N" * 201),
        ("REPORTING_TYPE", "99"),
        ("REPORTING_TYPE", "multilateral"),
        ("ACTIVITY", "A87-MDP"),
        ("ACTIVITY", "XM-DAC-41302"),
        ("ACTIVITY", "XM-DAC-41302-"),
        ("ACTIVITY", "XM-DAC-41302-A?87"),
        ("SECTOR", "labour"),
        ("SECTOR", "1607"),
        ("SECTOR", "１６０７０"),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_right(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(BadSetting, match=f"TRACKER_IATI_{name}.*write|TRACKER_IATI_{name}.*begin it with"):
        publisher(tmp_path, **{name: text})
