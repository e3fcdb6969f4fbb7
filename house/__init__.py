"""The checks of the house: what `make check` holds the repository to, beyond what the usual tools see."""
