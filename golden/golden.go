// Package golden embeds the reference data of the project: numbers that are
// compared with and never computed here. README.md in this folder says what the
// classes mean and how to add a set; package verify/goldentest loads, checks
// and compares.
package golden

import "embed"

// Files holds <quantity>/<name>.csv with <quantity>/<name>.info.json.
//
//go:embed */*.csv */*.info.json
var Files embed.FS
