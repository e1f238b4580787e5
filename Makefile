PYTHON ?= python3
BIN := .venv/bin

.PHONY: help
help:
	@echo demo test
