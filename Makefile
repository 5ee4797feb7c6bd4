# sgdescape: theory against simulation. `make help` lists the targets.
GO    ?= go
PROFILE ?= quick
SEED  ?= 1
FUZZTIME ?= 30s

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 24

.PHONY: verify
verify: ## judge every claim; table, report/index.html, report/verdicts.json (PROFILE=full, SEED=7)
	$(GO) run ./verify/cmd/sgdescape verify --profile $(PROFILE) --seed $(SEED) --report report --teeth

.PHONY: test
test: ## run every test
	$(GO) test ./...

.PHONY: lint
lint: ## gofmt, go vet and staticcheck
	@test -z "$$(gofmt -l .)" || { echo "gofmt wants:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

.PHONY: golden-check
golden-check: ## admission of every golden set: files, units, provenance, sha256
	$(GO) test -count=1 -run 'TestGolden_' ./verify/goldentest

.PHONY: cover
cover: ## coverage of every package
	$(GO) test -short -cover ./...

.PHONY: fuzz
fuzz: ## every native fuzz target for FUZZTIME each
	@set -e; for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

.PHONY: bench
bench: ## every benchmark, for benchstat
	$(GO) test -run '^$$' -bench . -count 6 ./benchmarks/...

.PHONY: bench-smoke
bench-smoke: ## run every benchmark once, then once more under the race detector
	$(GO) test -run '^$$' -bench . -benchtime 1x ./benchmarks
	$(GO) test -race -run '^$$' -bench . -benchtime 1x ./benchmarks

.PHONY: clean
clean: ## remove what the other targets leave behind
	rm -rf report bin
	$(GO) clean -testcache
