// Command benchgate tells whether the working tree made a benchmark slower.
//
//	benchgate run --base main          against a revision
//	benchgate run --file base.txt      against a record of this machine
//	benchgate selftest                 measure the gate's own error rates
//	benchgate record NAME              keep the speed of today
//	benchgate history                  plot what was kept
//	benchgate peers                    the same work in C, C++ and Python
//	benchgate flame cpu.pprof          draw a profile
//
// run exits with 0 if no benchmark became slower, with 1 on a regression, and
// with 2 if it could not decide or not run, or not write what it found, unless
// that is a regression; selftest likewise, for its own errors. The other
// commands exit with 0 or, if they failed, 2. Package gate says how it decides
// and with which error rates.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
