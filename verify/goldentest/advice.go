package goldentest

import (
	"fmt"
	"strings"
)

// legitimate says when numbers of a class may be replaced, and how.
func (i Info) legitimate() string {
	switch i.Class {
	case ClassSnapshot:
		return "a snapshot is what the code printed once: if the change is meant, run the test with -update and commit the set with the reason"
	case ClassSampled:
		return "a sampled set is replaced by another recorded simulation, with its seed and its errors, never to fit the code; golden/README.md says how"
	default:
		return fmt.Sprintf("a set of class %s is replaced when its source or computation is corrected, never to fit the code; golden/README.md says how", i.Class)
	}
}

// changed is the error of a table that is not the one that was described.
func (i Info) changed(name, sum string) error {
	return fmt.Errorf("%[1]s.csv was changed after %[1]s.info.json was written, which states another sha256 (%[2]s, the table has %[3]s): "+
		"git diff shows the rows; %[4]s", name, i.SHA256, sum, i.legitimate())
}

// differs words a row that fails in one column. Only the first of a set brings
// the source of the numbers along.
func (u *Use) differs(r Row, column string, err error, first bool) string {
	var inputs []string
	for i, c := range u.Info.Columns {
		if c.Name != column && c.Name != column+ErrorSuffix {
			inputs = append(inputs, fmt.Sprintf("%s = %v", c.Name, r.cells[i]))
		}
	}
	text := fmt.Sprintf("%v (%s): %s: %v", r, strings.Join(inputs, ", "), column, err)
	if first {
		text += fmt.Sprintf("\n\tthe recorded numbers come from: %s; %s", u.Info.Method.Tool, u.Info.legitimate())
	}
	return text
}
