"""Replaces itself with a command that ends when the harness ends, and runs it as another user where asked.

A script of its own rather than a `preexec_fn`, which is not safe in a process that has threads.
"""

import ctypes
import os
import sys
import time

PR_SET_PDEATHSIG = 1


def watch(parent: int, death_signal: int) -> None:
    """Where the kernel has no death signal: a child of the command that looks after the harness instead."""
    command = os.getpid()
    if os.fork():
        return
    while os.getppid() == command:
        try:
            os.kill(parent, 0)
        except PermissionError:
            pass
        except ProcessLookupError:
            os.kill(command, death_signal)
            break
        time.sleep(0.2)
    os._exit(0)


def main(parent: int, death_signal: int, uid: int, gid: int, command: list[str]) -> None:
    """Become the command; a harness that died meanwhile means there is nothing to run any more."""
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After the change of user, which clears the death signal.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    else:
        watch(parent, death_signal)
    if os.getppid() == parent:
        os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
