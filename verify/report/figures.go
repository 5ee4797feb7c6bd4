package report

import (
	"bytes"
	"html/template"
	"strings"

	"github.com/google/renameio/v2"

	"sgdescape/verify"
)

// figuresPage is a page of figures alone, in the style of the report.
var figuresPage = template.Must(template.New("figures").Funcs(template.FuncMap{"svg": SVG, "legend": Legend, "typeset": typeset}).Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{typeset .Title}}</title>
{{.Style}}
</head>
<body>
<h1>{{typeset .Title}}</h1>
{{range .Notes}}<p>{{typeset .}}</p>
{{end}}{{with .Command}}<pre>{{.}}</pre>
{{end}}{{range .Figures}}<figure><figcaption><strong>{{typeset .Title}}</strong>{{legend .}}</figcaption>{{svg .}}</figure>
{{end}}</body>
</html>
`))

// WriteFigures stores figures, one below the other, as one self-contained page,
// with paragraphs of notes and the command that draws them, unless it is empty,
// above them.
func WriteFigures(file, title string, notes []string, command string, figures []*verify.Figure) error {
	_, rest, _ := strings.Cut(pageText, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	var buf bytes.Buffer
	err := figuresPage.Execute(&buf, struct {
		Title   string
		Notes   []string
		Command string
		Style   template.HTML
		Figures []*verify.Figure
	}{title, notes, command, template.HTML("<style>" + style + "</style>"), figures})
	if err != nil {
		return err
	}
	return renameio.WriteFile(file, buf.Bytes(), 0o644)
}
