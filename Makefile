# make certify     the reference device, or DEVICE=baresip, through every scenario
# make test        every test of the harness itself
# make bench       speed, as ratios measured side by side

DEVICE ?=
FILTER ?=
AS_OF  ?=
OUT    ?= report
JOBS   ?=

.PHONY: certify test race lint bench fuzz

certify:
	@go run ./harness/cmd/sipconform certify -device='$(DEVICE)' -filter='$(FILTER)' -as-of='$(AS_OF)' -out='$(OUT)' $(if $(JOBS),-jobs='$(JOBS)')
