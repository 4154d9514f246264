"""The board: a page that shows releases and takes decisions, filled in for one project, served or written out."""
