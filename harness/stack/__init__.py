"""Runs a whole project from its real parts, without Docker: `with run_stack() as stack: …`"""

from harness.stack.cli_tool import SupabaseCli
from harness.stack.errors import StackError
from harness.stack.keys import Keys
from harness.stack.process import Service, wait_until
from harness.stack.stack import Cluster, Stack, run_cluster, run_stack, stack_kind

__all__ = [
    "Cluster",
    "Keys",
    "Service",
    "Stack",
    "StackError",
    "SupabaseCli",
    "run_cluster",
    "run_stack",
    "stack_kind",
    "wait_until",
]
