//go:build !linux

package main_test

import (
	"errors"
	"os/exec"
)

func onSmallDisk(*exec.Cmd, string, string) (outcome, error) { return outcome{}, errors.ErrUnsupported }

func becomeCommand() {}
