"""How much of something is listed or looked at, as the schema has it. Standard library only."""

ITEMS_OF_AN_INBOX = 100
RELEASES_OF_AN_INBOX = 50
"""That may wait for somebody, the newest: no older one is looked at."""
RELEASES_OF_A_PAGE = 50
RELEASES_OF_THE_LARGEST_PAGE = 200
FACTS_OF_A_TIMELINE = 200
"""On the largest page of it."""
FACTS_OF_AN_OVERVIEW = 200
"""Of each kind, the newest."""
