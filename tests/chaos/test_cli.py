"""How a run ends for who started it: the exit status, and what is said. The runs themselves: test_chaos.py."""

import pytest

from tests.chaos.cli import conclude
from tests.chaos.made_up import MadeUp
from tests.chaos.verdict import judge


def test_a_good_run_ends_with_status_0_and_no_more_words(capsys: pytest.CaptureFixture[str]) -> None:
    record = MadeUp().judged()
    assert conclude(record, judge(record)) == 0
    assert capsys.readouterr().out == ""


def test_a_loss_ends_with_status_1_and_its_story(capsys: pytest.CaptureFixture[str]) -> None:
    run = MadeUp()
    run.kill(2_000, run.customer)
    record = run.judged()
    assert conclude(record, judge(record)) == 1
    said = capsys.readouterr().out
    assert "customers_lost_by_us" in said
    assert "carried out: uuid_kill" in said


def test_a_run_that_nobody_could_watch_ends_with_status_3_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    run = MadeUp()
    run.record.watched = []
    record = run.judged()
    assert conclude(record, judge(record)) == 3
    said = capsys.readouterr().out
    assert "the machine was too busy: only 0 % of the run was watched; nothing can be said" in said


def test_a_loss_counts_though_hardly_anybody_watched(capsys: pytest.CaptureFixture[str]) -> None:
    run = MadeUp()
    run.record.watched = []
    run.kill(2_000, run.customer)
    record = run.judged()
    assert conclude(record, judge(record)) == 1
    assert "the machine was too busy" in capsys.readouterr().out
