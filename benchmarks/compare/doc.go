// Package compare is the performance gate as a whole: it builds two revisions,
// measures them with package measure, asks package gate for verdicts, and
// describes the outcome in a [Report].
package compare
