"""A TCP connection to an Event Socket is opened: within a deadline, and so that a peer that is gone is noticed."""

import time

import gevent
from gevent import socket

from freeswitch_cc.errors import SwitchUnreachable

_KEEPALIVE = (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))


def open_socket(host: str, port: int, deadline: float, timeout_s: float) -> socket.socket:
    """deadline: of the monotonic clock (s), for the whole; timeout_s: what it is told as. Raises SwitchUnreachable."""
    where, limit = f"{host}:{port}", max(deadline - time.monotonic(), 0.001)
    timer = gevent.Timeout(limit)  # one for the whole: a name may have many addresses
    timer.start()
    try:
        sock = socket.create_connection((host, port), timeout=limit)
    except ConnectionRefusedError:
        raise SwitchUnreachable(f"nobody listens at {where}") from None
    except (TimeoutError, gevent.Timeout) as late:
        if isinstance(late, gevent.Timeout) and late is not timer:
            raise
        raise SwitchUnreachable(f"{where} did not answer within {timeout_s:g} s") from None
    except OSError as error:
        raise SwitchUnreachable(f"cannot reach {where}: {error.strerror or error}") from None
    finally:
        timer.close()
    sock.settimeout(None)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):  # not every system has all three
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return sock
