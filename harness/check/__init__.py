"""Checks of a database and of the checkout: drift, bundles, access, row types, schema picture, preflight."""
