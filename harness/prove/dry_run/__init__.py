"""A real release of this checkout, taken through every gate by the producers themselves, and the record of it.

`subject` is what is released, `work` what is run for it, `accounts` how everybody signs in, `callers` who report it,
`reports` what they report, `steps` in which order, `rehearsed` what goes wrong on purpose, `reading` what `ops.*` says
of it, `document` the page that is made of that, `left` what is left to decide on.
"""

from harness.prove.dry_run.whole import TITLES, run

__all__ = ["TITLES", "run"]
