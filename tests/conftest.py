"""What pytest has to know of this folder."""

#: Needs atheris, which `make fuzz-python` installs.
collect_ignore = ["fuzz.py"]
