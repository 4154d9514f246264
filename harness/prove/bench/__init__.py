"""How fast it is: every row of the speed table, held against its floor in the same run. `make bench`"""
