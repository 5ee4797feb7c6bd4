package main

import "github.com/google/renameio/v2"

// writeWhole writes a file whole or not at all.
func writeWhole(name string, data []byte) error { return renameio.WriteFile(name, data, 0o644) }
