package flame

import (
	"bytes"
	"cmp"
	"fmt"
	"hash/fnv"
	"html"
	"maps"
	"slices"
	"strings"

	"github.com/google/pprof/profile"
)

const (
	width    = 1200.0 // of the picture, in pixels
	row      = 17.0   // height of a frame
	margin   = 28.0   // above the frames
	smallest = 0.4    // frames narrower than this are left out
	letter   = 6.6    // width of a letter
)

// SVG draws the profile: callers below, callees on top, widths in proportion to
// the time. Pointing at a frame shows its name and share.
func SVG(p *profile.Profile) ([]byte, error) {
	root, err := tree(p)
	if err != nil {
		return nil, err
	}
	height := margin + row*float64(root.depth()) + row
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="monospace" font-size="11">`+"\n", width, height)
	fmt.Fprintf(&out, `<rect width="100%%" height="100%%" fill="#fff"/>`+"\n")
	fmt.Fprintf(&out, `<text x="4" y="18">%s</text>`+"\n", html.EscapeString(headline(root)))
	draw(&out, root, root.total, 0, height-2*row)
	out.WriteString("</svg>\n")
	return out.Bytes(), nil
}

func draw(out *bytes.Buffer, f *frame, total int64, x, y float64) {
	w := width * float64(f.total) / float64(total)
	if w < smallest {
		return
	}
	title := fmt.Sprintf("%s: %.2f %%", f.name, 100*float64(f.total)/float64(total))
	fmt.Fprintf(out, `<g><title>%s</title><rect x="%.2f" y="%.1f" width="%.2f" height="%g" fill="%s" stroke="#fff" stroke-width="0.5"/>`,
		html.EscapeString(title), x, y, w, row-1, colour(f.name))
	if n := int(w/letter) - 1; n > 2 {
		label := []rune(short(f.name))
		label = label[:min(n, len(label))]
		fmt.Fprintf(out, `<text x="%.2f" y="%.1f">%s</text>`, x+2, y+12, html.EscapeString(string(label)))
	}
	out.WriteString("</g>\n")
	for _, c := range f.children {
		draw(out, c, total, x, y-row)
		x += width * float64(c.total) / float64(total)
	}
}

// headline names the functions in which most of the time is spent.
func headline(root *frame) string {
	times := self(root)
	names := slices.SortedFunc(maps.Keys(times), func(a, b string) int {
		return cmp.Or(cmp.Compare(times[b], times[a]), cmp.Compare(a, b))
	})
	var parts []string
	for _, name := range names[:min(4, len(names))] {
		parts = append(parts, fmt.Sprintf("%s %.0f %%", short(name), 100*float64(times[name])/float64(root.total)))
	}
	return "most time in " + strings.Join(parts, ", ")
}

// short drops the path of the package, not its name.
func short(name string) string {
	if cut := strings.LastIndexByte(name, '/'); cut >= 0 {
		return name[cut+1:]
	}
	return name
}

// colour gives every package a colour of its own between yellow and red.
func colour(name string) string {
	pkg, _, _ := strings.Cut(short(name), ".")
	h := fnv.New32a()
	h.Write([]byte(pkg)) // never fails
	return fmt.Sprintf("hsl(%d, 85%%, 68%%)", h.Sum32()%60)
}
