# sgdescape: theory against simulation. `make help` lists the targets.
GO ?= go

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

.PHONY: test
test: ## run every test
	$(GO) test ./...

.PHONY: lint
lint: ## gofmt, go vet and staticcheck
	@test -z "$$(gofmt -l .)" || { echo "gofmt wants:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

.PHONY: bench-smoke
bench-smoke: ## run every benchmark once
	$(GO) test -run '^$$' -bench . -benchtime 1x ./benchmarks/...
