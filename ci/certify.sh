#!/usr/bin/env bash
# Certifies a device in a CI job: runs it, compares with a baseline, and writes a summary.
# action.yml and ci/gitlab.yml call it; any other CI can. It reads these variables, none of
# which is needed:
#
#   SIPCONFORM_DEVICE    path of a device.yaml, or the name of a built-in device; the reference device if empty
#   SIPCONFORM_FILTER    label expression that selects scenarios, such as 'vendor:twilio && area:certificate'; all if empty
#   SIPCONFORM_BASELINE  file that `sipconform diff -record` wrote: the job then fails if a verdict differs from it,
#                        and not because the device fails as it did before
#   SIPCONFORM_AS_OF     day whose rules are asked, YYYY-MM-DD; today if empty
#   SIPCONFORM_WAIVERS   file of faults that are accepted for a while
#   SIPCONFORM_OUT       folder of the report; report if empty
#   SIPCONFORM_SARIF     file for the findings in SARIF 2.1.0; none if empty
#   SIPCONFORM_SUMMARY   file that the summary is added to, in Markdown; that of the GitHub job, or OUT-summary.md
#   SIPCONFORM_SUDO      true: as root, where the machine gives other users no namespaces
#   SIPCONFORM_VERSION   version that is installed, such as v1.2.3 or latest; the checkout of this script if empty
#   SIPCONFORM           a sipconform that is there already; then none is built
#
# Exit status: 0 as it should be; 1 not conformant, or not as the baseline; 2 usage or
# configuration; 3 inconclusive; 4 an error of the harness.
set -euo pipefail

device=${SIPCONFORM_DEVICE:-} filter=${SIPCONFORM_FILTER:-} baseline=${SIPCONFORM_BASELINE:-}
out=${SIPCONFORM_OUT:-report} sarif=${SIPCONFORM_SARIF:-}
summary=${SIPCONFORM_SUMMARY:-${GITHUB_STEP_SUMMARY:-$out-summary.md}}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stop() { # STATUS WHY…
	local status=$1
	shift
	echo "sipconform in CI: $*" >&2
	exit "$status"
}

if [ -n "$baseline" ] && [ ! -f "$baseline" ]; then
	stop 2 "there is no baseline $baseline. Run without one, take results.json from its report, and commit what this writes:" \
		"sipconform diff -record $baseline results.json"
fi

program=${SIPCONFORM:-}
if [ -z "$program" ]; then
	command -v go >/dev/null || stop 2 "there is no Go to build sipconform with; install it, or name a sipconform in SIPCONFORM"
	program=$work/sipconform
	if [ -n "${SIPCONFORM_VERSION:-}" ]; then
		GOBIN=$work go install "github.com/sipconform/sipconform/harness/cmd/sipconform@$SIPCONFORM_VERSION" ||
			stop 2 "sipconform $SIPCONFORM_VERSION cannot be installed"
	else
		go build -C "$(dirname "$0")/.." -o "$program" ./harness/cmd/sipconform || stop 2 "sipconform cannot be built"
	fi
fi

run=("$program" certify -out "$out")
[ -z "$device" ] || run+=(-device "$device")
[ -z "$filter" ] || run+=(-filter "$filter")
[ -z "${SIPCONFORM_AS_OF:-}" ] || run+=(-as-of "$SIPCONFORM_AS_OF")
[ -z "${SIPCONFORM_WAIVERS:-}" ] || run+=(-waivers "$SIPCONFORM_WAIVERS")
[ -z "$sarif" ] || run+=(-sarif "$sarif")
sudo=()
[ "${SIPCONFORM_SUDO:-}" != true ] || sudo=(sudo --preserve-env)

# What a device says is on the console. GitHub must not take it for a command to the runner.
token=
if [ "${GITHUB_ACTIONS:-}" = true ]; then
	token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	echo "::stop-commands::$token"
fi
status=0
"${sudo[@]}" "${run[@]}" 2>&1 | tee "$work/log" || status=${PIPESTATUS[0]}
[ -z "$token" ] || echo "::$token::"
if [ ${#sudo[@]} -gt 0 ]; then
	for made in "$out" "$sarif"; do
		[ -z "$made" ] || [ ! -e "$made" ] || sudo chown -R "$(id -u):$(id -g)" "$made"
	done
fi
verdict=$(grep -E '^(CONFORMANT|NOT CONFORMANT|INCONCLUSIVE|HARNESS ERROR): .*\(exit code [0-9]+\)$' "$work/log" | tail -n 1 || true)

# With a baseline, the comparison decides, unless there is nothing to compare.
result=$status
if [ -n "$baseline" ] && [ -n "$verdict" ] && [ "$status" -ne 4 ]; then
	compare=("$program" diff)
	[ -z "$filter" ] || compare+=(-part)
	result=0
	"${compare[@]}" -format markdown "$baseline" "$out/results.json" >"$work/diff.md" || result=$?
fi

{
	echo "### sipconform: ${device:-the reference device}"
	echo
	if [ -n "$verdict" ]; then
		echo "$verdict" | tr -d '`<>' # what a file's or a person's name has in it is no Markdown
	else
		echo "The run came to no verdict, exit status $status; the log of the job says why."
	fi
	echo
	if [ -s "$work/diff.md" ]; then
		cat "$work/diff.md"
	elif grep -q '^FAIL ' "$work/log"; then
		echo "Failed, at most 50 of them:"
		echo
		awk '/^FAIL / { sub(/^FAIL +(\(waived\) +)?/, ""); if (!seen[$1]++ && ++n <= 50) print "- " $1 }' "$work/log"
	fi
} >>"$summary"

if [ -n "${GITHUB_OUTPUT:-}" ]; then
	{
		echo "status=$result"
		echo "certify-status=$status"
		echo "report=$out"
	} >>"$GITHUB_OUTPUT"
fi
if [ -n "$token" ] && [ "$result" -ne 0 ]; then
	echo "::error title=sipconform::${verdict:-the run came to no verdict} (job status $result)"
fi
echo "sipconform in CI: status $result; the report is in $out, the summary in $summary"
exit "$result"
