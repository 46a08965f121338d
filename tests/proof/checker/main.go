// Command checker reads histories (JSON lines) and decides for every object in them whether what clients were answered
// can be explained by doing their calls one after another, each at a moment between its beginning and its end.
//
// It prints one line of JSON; for each object that cannot be explained it writes a page that shows why.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

var models = map[string]porcupine.Model{
	"code":      codeModel,
	"forged":    forgedModel,
	"counter":   counterModel,
	"resetting": resettingModel,
	"await":     awaitModel,
	"guesses":   guessesModel,
	"capped":    cappedModel,
}

// Finding is an object whose history is not explained, or not in time.
type Finding struct {
	Object     string `json:"object"`
	Operations int    `json:"operations"`
	Page       string `json:"page"`
}

// Report is what is printed.
type Report struct {
	Histories  map[string]int `json:"histories"`  // by kind of object
	Operations map[string]int `json:"operations"` // of them
	Open       int            `json:"open"`       // operations whose outcome is unknown
	Longest    int            `json:"longest"`
	SlowestMs  int64          `json:"slowest_ms"`
	Anomalies  []Finding      `json:"anomalies"`
	Undecided  []Finding      `json:"undecided"`
}

type verdict struct {
	object  string
	result  porcupine.CheckResult
	elapsed time.Duration
	finding Finding
}

func main() {
	pages := flag.String("pages", ".", "where to write the pages")
	timeout := flag.Duration("timeout", time.Minute, "for one object; longer is undecided")
	flag.Parse()
	histories, err := readHistories(flag.Args())
	if err == nil {
		err = printReport(histories, *pages, *timeout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "checker:", err)
		os.Exit(1)
	}
}

func printReport(histories map[string][]porcupine.Operation, pages string, timeout time.Duration) error {
	report := Report{
		Histories: map[string]int{}, Operations: map[string]int{}, Anomalies: []Finding{}, Undecided: []Finding{},
	}
	for object, history := range histories {
		if _, known := models[kindOf(object)]; !known {
			return fmt.Errorf("there is no model of %s", object)
		}
		report.count(object, history)
	}
	for _, verdict := range checkAll(histories, pages, timeout) {
		report.SlowestMs = max(report.SlowestMs, verdict.elapsed.Milliseconds())
		switch verdict.result {
		case porcupine.Illegal:
			report.Anomalies = append(report.Anomalies, verdict.finding)
		case porcupine.Unknown:
			report.Undecided = append(report.Undecided, verdict.finding)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(report)
}

func (r *Report) count(object string, history []porcupine.Operation) {
	r.Histories[kindOf(object)]++
	r.Operations[kindOf(object)] += len(history)
	r.Longest = max(r.Longest, len(history))
	for _, operation := range history {
		if operation.Output.(Answer).Outcome == "unknown" {
			r.Open++
		}
	}
}

// checkAll checks two objects at a time: porcupine itself uses one core for one object.
func checkAll(histories map[string][]porcupine.Operation, pages string, timeout time.Duration) []verdict {
	objects := make(chan string)
	verdicts := make([]verdict, 0, len(histories))
	var mutex sync.Mutex
	var group sync.WaitGroup
	for range 2 {
		group.Add(1)
		go func() {
			defer group.Done()
			for object := range objects {
				found := check(object, histories[object], pages, timeout)
				mutex.Lock()
				verdicts = append(verdicts, found)
				mutex.Unlock()
			}
		}()
	}
	for object := range histories {
		objects <- object
	}
	close(objects)
	group.Wait()
	sort.Slice(verdicts, func(i, j int) bool { return verdicts[i].object < verdicts[j].object })
	return verdicts
}

func check(object string, history []porcupine.Operation, pages string, timeout time.Duration) verdict {
	began := time.Now()
	model := models[kindOf(object)]
	found := verdict{object: object, result: porcupine.CheckOperationsTimeout(model, history, timeout)}
	found.elapsed = time.Since(began)
	if found.result == porcupine.Ok {
		return found
	}
	found.finding = Finding{object, len(history), filepath.Join(pages, strings.ReplaceAll(object, "/", "-")+".html")}
	_, info := porcupine.CheckOperationsVerbose(model, history, timeout)
	if err := porcupine.VisualizePath(model, info, found.finding.Page); err != nil {
		found.finding.Page = err.Error()
	}
	return found
}

func describe(input, output any) string {
	op, answer := input.(Operation), output.(Answer)
	asked := strings.TrimSpace(fmt.Sprintf("%s %s", op.Kind, op.User))
	if op.Value != 0 {
		asked += fmt.Sprintf(" +%d", op.Value)
	}
	if op.Verify != "" {
		asked += fmt.Sprintf(" %s %d", op.Verify, op.Than)
	}
	said := strings.TrimSpace(fmt.Sprintf("%s %s %s %s", answer.Outcome, answer.Reason, answer.Status, answer.User))
	return asked + " -> " + said + number(" count", answer.Count) + number(" r", answer.Revision) + number(" until", answer.Until)
}

func number(name string, value *int64) string {
	if value == nil {
		return ""
	}
	return fmt.Sprintf("%s%d", name, *value)
}
