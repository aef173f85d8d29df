# make certify     the reference device, or DEVICE=baresip, through every scenario; the report is OUT/report.html
#                  with LISTEN, DNS, LAB and AT for a device on a network (sipconform certify -h)
# make test        every test of the harness itself but the self-test; needs nothing but Go
# make selftest    devices of which it is known what is right, through the matrix: mutants, stubs, variants; prints the scores
# make race        the same under the race detector, without what -short skips, such as the mutants
# make lint        gofmt, go vet, staticcheck, deadcode
# make fuzz        each fuzz target for FUZZTIME; FUZZ=./mocks for those below one folder
# make soak        the reference matrix SOAK times, shuffled and under the race detector, and each real device that is
#                  installed, or DEVICE, SOAK_DEVICES times: no verdict may change
# make memcheck    what calls libssl, under valgrind: no access to memory that is not its own
# make allocations a TLS connection of OpenSSL's for every EVERYth of its allocations, which fails: EVERY=1 takes an hour
# make bench       the harness's speed, memory and cost of evidence, and what a hostile peer costs, beside their targets
# make baseline    certify DEVICE with every vendor, and store its verdicts beside its descriptor
# make clean       remove what the other targets made
#
# If a recipe fails, make exits with 2. The status of certify is on the verdict line
# and in make's "Error N"; ./sipconform certify exits with it.

DEVICE ?=
FILTER ?=
AS_OF  ?=
OUT    ?= report
JOBS   ?= 0
LISTEN ?=
DNS    ?=
LAB    ?=
AT     ?=

FUZZ     ?= .
# A count or a duration. Go 1.26 may fail a target when its duration ends: go.dev/issue/75804
FUZZTIME ?= 20000x

# An installed staticcheck of this release will do: make lint STATICCHECK=staticcheck
STATICCHECK ?= go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
# It lists functions that neither a command nor a test reaches, on this platform. Generated files are left out. The
# package in testdata is what users' modules call; an example without output is only compiled.
DEADCODE    ?= go run golang.org/x/tools/cmd/deadcode@v0.51.0

# The environment passes them on, so that quotes in a filter reach the command unchanged.
export DEVICE FILTER AS_OF OUT JOBS LISTEN DNS LAB AT

.PHONY: certify test selftest race lint fuzz soak memcheck allocations bench baseline clean sipconform

# go run would turn every status except 0 into 1.
sipconform:
	@go build -o $@ ./harness/cmd/sipconform

certify: sipconform
	@./sipconform certify -device="$$DEVICE" -filter="$$FILTER" -as-of="$$AS_OF" -out="$$OUT" -jobs="$$JOBS" \
		$${LISTEN:+-listen="$$LISTEN"} $${DNS:+-dns="$$DNS"} $${LAB:+-lab="$$LAB"} $${AT:+-at="$$AT"}

SELFTEST := ^Test(Mutants|Stubs|Variants|UnsolicitedMutants)$$

test:
	go test -timeout 20m -skip '$(SELFTEST)' ./...

# In the folder of the package, go test prints what a test that passes prints.
selftest:
	@cd scenarios/selftest && go test -count=1 -timeout 30m -parallel 6 -run '$(SELFTEST)'

race:
	go test -timeout 20m -race -short ./...

lint:
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	$(STATICCHECK) ./...
	@dead=$$($(DEADCODE) -test ./...) || exit 1; [ -z "$$dead" ] || { echo "nothing calls:"; echo "$$dead"; exit 1; }

fuzz:
	@grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9]+' $(FUZZ) | sort | while IFS=: read -r file target; do \
	    echo "$$file $${target#func }"; \
	    go test -run '^$$' -fuzz "^$${target#func }\$$" -fuzztime $(FUZZTIME) "./$$(dirname "$$file")" || exit 1; \
	done

SOAK         ?= 200
SOAK_DEVICES ?= 20
soak:
	@.ci/soak $(SOAK) $(SOAK_DEVICES) $(DEVICE)

memcheck:
	@.ci/memcheck

EVERY ?= 7
allocations:
	cd mocks/tlspeer && SIPCONFORM_TEST_ALLOCATIONS_EVERY=$(EVERY) go test -count=1 -timeout 3h -v -run '^TestLibsslOutOfMemory$$'

bench:
	go test -run '^$$' -bench . -benchtime 1x ./scenarios/speed

# A device that fails has a baseline too. A run that did not conclude gives none.
baseline: DEVICE := $(or $(DEVICE),baresip)
baseline: sipconform
	@./sipconform certify -device="$$DEVICE" -out="$$OUT" -jobs="$$JOBS" || [ $$? -eq 1 ]
	@./sipconform diff -record "fixtures/devices/$$DEVICE/baseline.json" "$$OUT/results.json"

clean:
	rm -rf sipconform report
