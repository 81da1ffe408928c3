"""Signals while something is carried out: it is ended where it is and closes what it opened; nothing else is."""

import os
import signal

import gevent
import pytest
from gevent.event import Event

from freeswitch_cc.demo.signals import Interrupted, Signals
from tests.floor import until


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_work_is_ended_where_it_is_and_closes_what_it_opened(number: signal.Signals) -> None:
    closed = []

    def work() -> None:
        try:
            os.kill(os.getpid(), number)
            Event().wait()
        finally:
            gevent.idle()  # closing takes its time
            closed.append(True)

    before = signal.signal(number, lambda *_: None)  # under nohup SIGHUP is ignored, and then stays so
    try:
        mine = signal.getsignal(number)
        with Signals() as signals, gevent.Timeout(20), pytest.raises(Interrupted) as caught:
            signals.run(work)
        assert signal.getsignal(number) is mine
    finally:
        signal.signal(number, before)
    assert caught.value.status == 128 + number
    assert closed == [True]


def test_a_signal_between_two_pieces_of_work_is_not_lost() -> None:
    with Signals() as signals, gevent.Timeout(20):
        signals.check()
        os.kill(os.getpid(), signal.SIGTERM)
        until(lambda: _is_interrupted(signals), "the signal was noted")
        with pytest.raises(Interrupted):
            signals.run(lambda: pytest.fail("it must not begin"))


def test_what_work_gives_or_fails_with_is_handed_on(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise LookupError("nothing there")

    with Signals() as signals, gevent.Timeout(20):
        assert signals.run(lambda: 3) == 3
        with pytest.raises(LookupError):
            signals.run(fail)
    assert capfd.readouterr().err == ""


def test_a_signal_that_a_parent_has_switched_off_stays_off() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Signals() as signals, gevent.Timeout(20):
            os.kill(os.getpid(), signal.SIGHUP)
            assert signals.run(lambda: gevent.idle()) is None
            signals.check()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def _is_interrupted(signals: Signals) -> bool:
    try:
        signals.check()
    except Interrupted:
        return True
    return False
