"""Versions of what is in the peers' environment: `python -m peers.versions`."""

from __future__ import annotations

from importlib.metadata import version

from lines import serve

NAMES = ("cedarpy", "pycasbin", "vakt", "moto", "duckdb", "polars")

if __name__ == "__main__":
    serve({"versions": lambda: {name: version(name) for name in NAMES}})
