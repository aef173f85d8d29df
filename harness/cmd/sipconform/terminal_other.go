//go:build !unix

package main

// keepFromTerminal does nothing, because only Unix stops a program that reads from a terminal in the background.
func keepFromTerminal() {}
