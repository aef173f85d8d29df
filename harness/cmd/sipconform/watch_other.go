//go:build !linux

package main

func watch([]string) (int, bool) { return 0, false }
