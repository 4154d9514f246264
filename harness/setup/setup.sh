#!/bin/sh
# Shell and not Python, because the interpreter that it finds may be too old to read the rest.
# PYTHON=/path/to/python3 names the interpreter; otherwise the first usable one in PATH is taken.
set -eu
cd "$(dirname "$0")/../.."

if [ -n "${PYTHON:-}" ]; then
  set -- "$PYTHON"
else
  set -- python3.13 python3.12 python3.11 python3 python
fi
probe='import sys
if sys.version_info < (3, 11):
    sys.exit(11)
import ensurepip, venv'

too_old=''
without_venv=''
for candidate in "$@"; do
  status=0
  # A version manager leaves names in PATH that only print an error, so each is really run.
  "$candidate" -c "$probe" >/dev/null 2>&1 || status=$?
  case $status in
    0) exec "$candidate" -I harness/setup/bootstrap.py ;;
    1) without_venv=${without_venv:-$candidate} ;;
    11) too_old=${too_old:-"$candidate is $("$candidate" -c 'import sys; print(sys.version.split()[0])')"} ;;
  esac
done

if [ -n "$without_venv" ]; then
  echo "set-up: $without_venv has no venv or no ensurepip module, which make the private environment:" \
    "add them (Debian and Ubuntu: apt install python3-venv), or name another interpreter with PYTHON=/path/to/python3." >&2
else
  echo "set-up: Python 3.11 or newer is needed, and none was found (tried: $*${too_old:+; $too_old}):" \
    "install one (apt install python3-venv, brew install python@3.13), or name it with PYTHON=/path/to/python3." >&2
fi
exit 1
