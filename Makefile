# make certify     the reference device, or DEVICE=baresip, through every scenario; the report is OUT/report.html
# make test        every test of the harness itself; needs nothing but Go
# make race        the same under the race detector, but for the mutants, which have to keep time
# make lint        gofmt, go vet, staticcheck, deadcode
# make fuzz        each fuzz target, FUZZTIME long; FUZZ=./mocks for those below a folder
# make bench       speed, as ratios measured side by side
# make baseline    certify DEVICE against every vendor and keep its verdicts beside its descriptor
# make clean       remove what these made
#
# make exits with 2 whatever the recipe's status. The status of certify is on
# the verdict line, and in make's own "Error N"; ./sipconform certify exits with it.

DEVICE ?=
FILTER ?=
AS_OF  ?=
OUT    ?= report
JOBS   ?= 0

FUZZ     ?= .
# A count, or a duration; Go 1.26 may fail a target for the end of its duration: go.dev/issue/75804
FUZZTIME ?= 20000x

# Any staticcheck of that release does, such as an installed one: make lint STATICCHECK=staticcheck
STATICCHECK ?= go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
# It lists functions that neither a command nor a test reaches, on this platform. Generated files are left out. The
# package in testdata is what users' modules call; an example without output is only compiled.
DEADCODE    ?= go run golang.org/x/tools/cmd/deadcode@v0.51.0

# By the environment, so that quotes in a filter reach the command as they are.
export DEVICE FILTER AS_OF OUT JOBS

.PHONY: certify test race lint fuzz bench baseline clean sipconform

# go run would turn every status but 0 into 1.
sipconform:
	@go build -o $@ ./harness/cmd/sipconform

certify: sipconform
	@./sipconform certify -device="$$DEVICE" -filter="$$FILTER" -as-of="$$AS_OF" -out="$$OUT" -jobs="$$JOBS"

test:
	go test ./...

race:
	go test -race -short ./...

lint:
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	$(STATICCHECK) ./...
	@dead=$$($(DEADCODE) -test ./... ./scenarios/selftest/testdata/outside) || exit 1; \
	    dead=$$(echo "$$dead" | grep -v ': unreachable func: Example'); [ -z "$$dead" ] || { echo "nothing calls:"; echo "$$dead"; exit 1; }

fuzz:
	@grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9]+' $(FUZZ) | sort | while IFS=: read -r file target; do \
	    echo "$$file $${target#func }"; \
	    go test -run '^$$' -fuzz "^$${target#func }\$$" -fuzztime $(FUZZTIME) "./$$(dirname "$$file")" || exit 1; \
	done

bench:
	go test -run '^$$' -bench . -benchtime 1x ./scenarios/speed

# A device that fails is a baseline like any other; a run that did not conclude is none.
baseline: DEVICE := $(or $(DEVICE),baresip)
baseline: sipconform
	@./sipconform certify -device="$$DEVICE" -out="$$OUT" -jobs="$$JOBS" || [ $$? -eq 1 ]
	@./sipconform diff -record "fixtures/devices/$$DEVICE/baseline.json" "$$OUT/results.json"

clean:
	rm -rf sipconform report
