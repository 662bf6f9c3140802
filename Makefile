# Each target prepares the machine by itself (scripts/bootstrap); nothing has to be installed before.
.DEFAULT_GOAL := help
.PHONY: help demo test test-compose test-speech test-web web soak bench bench-pacing bench-campaign up down logs check lint clean
BIN := .venv/bin

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: ## a demo call centre with simulated callers and agents; DURATION=60 ends it after so many seconds
	@scripts/bootstrap demo -- $(BIN)/callcenter demo $(if $(DURATION),--duration $(DURATION))

test: ## lint, types, unit tests, calls through a real Asterisk
	@scripts/bootstrap test -- scripts/test

test-compose: ## the whole docker-compose.yml brought up, called into and torn down
	@scripts/bootstrap compose -- scripts/test-compose

test-speech: ## callers who speak: the models of the extra `speech`, and calls through a real Asterisk
	@scripts/bootstrap speech -- scripts/test-speech

test-web: ## the screens in a real browser, also as a phone; SCREENS=1 takes the pictures of the README anew
	@scripts/bootstrap web -- scripts/test-web $(if $(SCREENS),--pictures)

web: ## build the screens into desk/screens
	@scripts/bootstrap screens

soak: ## the long loops and sweeps that do not fit into `make test`
	@scripts/bootstrap test -- $(BIN)/python -m pytest -m soak tests/e2e tests/dialer/model

bench: ## measured figures against their targets: bench/results.json
	@scripts/bootstrap test -- $(BIN)/python -m bench

bench-pacing: ## what the pacers reach in simulated days, with targets: hours; QUICK=1 less; goes on where it was interrupted
	@scripts/bootstrap test -- $(BIN)/python -m bench.pacing $(if $(QUICK),--quick) $(if $(PER_SEED),--per-seed)

bench-campaign: ## a predictive campaign on the real Asterisk against the simulator, ten minutes: bench/campaign.json, .svg
	@scripts/bootstrap test -- $(BIN)/python -m bench.campaign

up: ## the call centre for real: starts with the machine, data in volumes
	@scripts/bootstrap up -- $(BIN)/python -m app.install.centre up

down: ## stop it; data stays
	@$(BIN)/python -m app.install.centre down

logs: ## what its processes say, and follow
	@$(BIN)/python -m app.install.centre logs

check: ## what is wrong with the installation, if anything
	@$(BIN)/python -m app.install.centre check

lint: ## format, lint and types only
	@scripts/bootstrap test -- scripts/test --lint

clean: ## remove what was built here: .venv, build/, screens, images, caches; var/ and volumes stay
	@scripts/clean
