package dataset

// For the tests of what a damaged copy of the digits leads to.
var (
	ReadDigits = readDigits
	DigitsFile = digitsFile
)
