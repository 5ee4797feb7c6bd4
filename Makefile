# sgdescape: theory against simulation. `make help` lists the targets.
GO    ?= go
PROFILE ?= quick
SEED  ?= 1
SEEDS ?= 200
TRIALS ?= 200
TIME   ?= 20s
CHECKS ?= 1000
FUZZTIME ?= 30s

# FOLDERS hold the module; whatever else a clone holds is not formatted.
FOLDERS = model theory sim golden verify benchmarks

# whole refuses a variable that is no whole number, before anything runs.
whole = @case '$($(1))' in ''|*[!0-9]*) echo "$(1) is '$($(1))', want a whole number >= 0" >&2; exit 2;; esac

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 24

# Exit codes are bin/sgdescape's own: 1 a verdict changed, 2 could not run; make
# turns any failure into 2.
bin/sgdescape: FORCE
	$(GO) build -o $@ ./verify/cmd/sgdescape

.PHONY: verify
verify: bin/sgdescape ## judge every claim; table, report/index.html, report/verdicts.json (PROFILE=full, SEED=7, RESUME=1)
	bin/sgdescape verify --profile $(PROFILE) --seed $(SEED) --report report --teeth $(if $(RESUME),--resume)

# The exit code of go test is lost in the pipe; testledger finds what failed in the
# stream, and fails when there is none. The line behind it tells of a go test that was
# killed between two packages.
status = || printf '\ngo test: exit status %s\n' "$$?"
bin/testledger: FORCE
	$(GO) build -o $@ ./verify/cmd/testledger

.PHONY: test
test: bin/testledger ## run every test and print the alpha ledger of the run (SEED=7)
	$(call whole,SEED)
	{ SGDESCAPE_SEED=$(SEED) RAPID_SEED=$(SEED) $(GO) test -json -timeout 30m ./... $(status); } | bin/testledger -full

.PHONY: properties
properties: ## every property on CHECKS fresh draws, ten times what a test takes
	$(call whole,CHECKS)
	RAPID_CHECKS=$(CHECKS) $(GO) test -count=1 -run 'TestProp_' -timeout 1h ./...

.PHONY: calibrate
calibrate: bin/testledger ## how often does every statistical assertion fail at alpha = 0.05, on TRIALS fresh seeds or, where they take longer than TIME, on 20 or more? (40 minutes on two cores)
	{ $(GO) test -json -run 'TestStat_' -timeout 4h $$(bin/testledger -packages) -calibrate=$(TRIALS) -calibrate-time=$(TIME) $(status); } | bin/testledger

.PHONY: lint
lint: ## gofmt, go vet and staticcheck
	@wanted=$$(gofmt -l $(FOLDERS)); test -z "$$wanted" || { echo "gofmt wants:"; echo "$$wanted"; exit 1; }
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

.PHONY: generate
generate: ## write the vector loops anew
	$(GO) run -C sim/avo .

.PHONY: generate-check
generate-check: ## the committed vector loops are what their generator writes, byte for byte
	@$(GO) test -C sim/avo .
	@d=$$(mktemp -d) && trap "rm -rf $$d" EXIT && $(GO) run -C sim/avo . -root $$d && \
	cd $$d && for f in $$(find . -type f); do cmp $$f $(CURDIR)/sim/$$f || exit 1; done

.PHONY: vector-check
vector-check: ## every set of vector instructions, and none, gives the same results
	GODEBUG=cpu.avx512f=off $(GO) test ./sim/...
	$(GO) test -tags purego ./sim/...
	GOAMD64=v3 $(GO) test ./sim/stream ./sim/lane ./sim/sde ./sim/sgd

.PHONY: arm64-check
arm64-check: ## the same bits on arm64, under qemu-aarch64 (Debian: qemu-user)
	@d=$$(mktemp -d) && trap "rm -rf $$d" EXIT && for p in stream lane sde sgd; do \
		GOARCH=arm64 CGO_ENABLED=0 $(GO) test -c -o $$d/$$p.test ./sim/$$p && \
		(cd sim/$$p && qemu-aarch64 $$d/$$p.test -test.run '^TestGolden_(Fill|LaneStates|TwinLaneStates|RowLaneStates)$$') || exit 1; \
	done

.PHONY: fresh-seeds
fresh-seeds: bin/testledger ## every statistical assertion once, at its own alpha, on fresh seeds
	{ $(GO) test -json -count=1 -run 'TestStat_' $$(bin/testledger -packages) -vary-seed $(status); } | bin/testledger

.PHONY: alarms
alarms: ## the statistical claims (CLAIMS=<regexp>) on SEEDS fresh seeds, short profile: no alarm is allowed
	$(GO) test ./verify -run NoAlarm -alarms=$(SEEDS) -alarm-claims='$(CLAIMS)' -vary-seed -timeout 2h -v

.PHONY: normal-quality
normal-quality: ## 4e9 normal deviates: chi-square, moments, tails; 8e9 for the far tail (some minutes)
	$(GO) test ./sim/stream -run "TestStat_Normal|Tail$$$$" -deviates 4e9 -timeout 60m -v

.PHONY: kernels-exact
kernels-exact: ## every kernel against exact answers at 1e5 exits, within 4 standard errors; with and without vector instructions
	$(GO) test ./sim/escape -run TestStat_ExactChain -exits 100000 -v
	$(GO) test ./verify/kernels -exits 100000 -timeout 1h -v
	$(GO) test -tags purego ./verify/kernels -run TestStat_Kernels -exits 100000 -timeout 1h

.PHONY: bench
bench: ## every benchmark ten times, for benchstat
	$(GO) test -run '^$$' -bench . -count 10 ./benchmarks

.PHONY: bench-smoke
bench-smoke: ## run every benchmark once, then once more under the race detector
	$(GO) test -run '^$$' -bench . -benchtime 1x ./benchmarks
	$(GO) test -race -run '^$$' -bench . -benchtime 1x ./benchmarks

# The gate's exit code (0 clean, 1 regression, 2 undecided) is bin/benchgate's;
# make turns any failure into 2.
bin/benchgate: FORCE
	$(GO) build -o $@ ./benchmarks/cmd/benchgate
FORCE:

.PHONY: bench-gate
bench-gate: bin/benchgate ## did the working tree make anything slower than BASE=<rev>?
	@test -n "$(BASE)" || { echo "bench-gate: BASE is empty, want a revision, as in make bench-gate BASE=HEAD~1"; exit 2; }
	bin/benchgate run --base $(BASE)

.PHONY: bench-gate-selftest
bench-gate-selftest: bin/benchgate ## how often does the gate itself err? (about 20 minutes)
	bin/benchgate selftest --count 50

.PHONY: bench-peers
bench-peers: bin/benchgate ## the same work in C, C++ and Python, as far as installed
	bin/benchgate peers

.PHONY: bench-record
bench-record: bin/benchgate ## record a baseline as NAME=<name> and redraw the history
	bin/benchgate record $(NAME)
	bin/benchgate history

.PHONY: profile
profile: bin/benchgate ## report/profile: pprof and flame graph of the hot loops
	mkdir -p report/profile
	$(GO) test -run '^$$' -bench 'EMStep|SGDStep|Normal|Exit' -benchtime 200ms -cpuprofile report/profile/cpu.pprof -o report/profile/benchmarks.test ./benchmarks
	bin/benchgate flame report/profile/cpu.pprof --out report/profile/flame.svg
	$(GO) tool pprof -top -nodecount 15 report/profile/benchmarks.test report/profile/cpu.pprof

.PHONY: clean
clean: ## remove what the other targets leave behind
	rm -rf report bin
	$(GO) clean -testcache
