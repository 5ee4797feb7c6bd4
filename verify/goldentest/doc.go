// Package goldentest loads reference data, refuses data that are not fit to be
// compared with, and compares.
//
// A set is a table <quantity>/<name>.csv with a description
// <quantity>/<name>.info.json beside it ([Info]). It has one of four classes:
//
//	snapshot  what the code printed once; guards against change, proves nothing
//	derived   computed from an equation by other means, such as exact arithmetic
//	sampled   mean and standard error of a recorded simulation, and its runs
//	external  computed or published by others
//
// A claim never rests on a snapshot, and only snapshots are ever rewritten by a
// test ([Snapshot]). Loading a set checks its class, description, header and
// checksum; [Admit] does so for every file of a tree and reports strays. A
// comparison ([Check], [CheckSampled]) looks at every row, and a set that was
// opened and not compared in full fails its test.
package goldentest
