// Writes what Go's text/template makes of the templates of a corpus: `go run golden.go corpus.txt > expected.txt`.
//
// A line of the corpus is a template; newlines are written as ⏎. Lines that begin with "= " or "! " are what Go made of
// the one before, text or error; they are left out and written anew. Lines that begin with "~ " are what we make of it
// where that differs on purpose; they stay, as do those that begin with "#".
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strings"
	"text/template"
	"time"
)

type pair struct{ Name, Value string }

type object struct {
	Name  string
	Count int
}

func (o object) Double() int                   { return 2 * o.Count }
func (o object) Join(a string, b string) string { return a + o.Name + b }
func (o object) Fail() (string, error)         { return "", fmt.Errorf("failed on purpose") }

func data() map[string]any {
	return map[string]any{
		"i": 42, "zero": 0, "neg": -7, "f": 1.5, "big": 1e21, "small": 1e-7, "whole": 3.0, "s": "text", "empty": "",
		"quote": `a"b`, "html": `<a href="x">'&'</a>`, "korean": "한글 로그", "yes": true, "no": false, "nil": nil,
		"list": []any{"a", 1, 2.5, true, nil}, "none": []any{}, "words": []any{"one", "two", "three"},
		"map":  map[string]any{"b": 2, "a": "one", "c": map[string]any{"d": "deep"}},
		"hollow": map[string]any{},
		"labels": map[string]string{"app": "x", "env": "prod"},
		"t":      time.Date(2026, 11, 22, 19, 4, 5, 60708009, time.UTC), "d": 90*time.Minute + 1500*time.Millisecond,
		"o": object{"thing", 21},
		"fn": func(a string, b int) string { return strings.Repeat(a, b) },
	}
}

func funcs() template.FuncMap {
	return template.FuncMap{
		"upper":  strings.ToUpper,
		"repeat": func(n int, s string) string { return strings.Repeat(s, n) },
		"half":   func(f float64) float64 { return f / 2 },
		"add":    func(a ...int) int { sum := 0; for _, n := range a { sum += n }; return sum },
		"fail":   func() (string, error) { return "", fmt.Errorf("no way") },
		"flip":   func(b bool) bool { return !b },
		"year":   func(t time.Time) int { return t.Year() },
		"args":   func(v ...any) []any { return v },
	}
}

// run gives a template one second: Go knows no limits.
func run(text string) string {
	done := make(chan string, 1)
	go func() { done <- render(text) }()
	select {
	case result := <-done:
		return result
	case <-time.After(time.Second):
		return "! no end"
	}
}

func render(text string) string {
	t, err := template.New("t").Funcs(funcs()).Parse(text)
	if err != nil {
		return "! " + err.Error()
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data()); err != nil {
		return "! " + err.Error()
	}
	return "= " + out.String()
}

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		line := scanner.Text()
		if strings.HasPrefix(line, "= ") || strings.HasPrefix(line, "! ") {
			continue
		}
		fmt.Println(line)
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "~ ") {
			continue
		}
		fmt.Println(strings.ReplaceAll(run(strings.ReplaceAll(line, "⏎", "\n")), "\n", "⏎"))
	}
}
