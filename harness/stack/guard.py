"""Runs a command that ends when the harness ends, as another user if asked; the command takes this process over.

This is a script because a `preexec_fn` is not safe in a process that has threads.
"""

import ctypes
import os
import sys
import time

PR_SET_PDEATHSIG = 1


def watch(parent: int, death_signal: int) -> None:
    """Start a child that ends the command when the harness ends, where the kernel has no death signal."""
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
    """Become the command, unless the harness has ended meanwhile."""
    if uid >= 0:
        try:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        except OSError as error:
            sys.exit(f"user {os.getuid()} may not become user {uid}: {error.strerror}")
    # A change of user clears the death signal, so it is set after that.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    else:
        watch(parent, death_signal)
    if os.getppid() == parent:
        try:
            os.execv(command[0], command)
        except OSError as error:
            sys.exit(f"user {os.getuid()} cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
