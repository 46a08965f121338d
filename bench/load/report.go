package main

import (
	"slices"
	"syscall"
	"time"

	"google.golang.org/grpc/codes"
)

// Report is what is printed, as one line of JSON. Latencies are in milliseconds, of all calls, whatever their status.
// CPUSeconds is the processor time of this program since it started.
type Report struct {
	Sent           int            `json:"sent"`
	OK             int            `json:"ok"`
	ByCode         map[string]int `json:"by_code"`
	Seconds        float64        `json:"seconds"`
	CallsPerSecond float64        `json:"calls_per_second"`
	CPUSeconds     float64        `json:"cpu_seconds"`
	P50            float64        `json:"p50_ms"`
	P99            float64        `json:"p99_ms"`
	P999           float64        `json:"p999_ms"`
	Max            float64        `json:"max_ms"`
}

func newReport(outcomes []codes.Code, latencies []time.Duration, took time.Duration) Report {
	byCode := map[string]int{}
	for _, code := range outcomes {
		byCode[code.String()]++
	}
	slices.Sort(latencies)
	return Report{
		Sent:           len(outcomes),
		OK:             byCode[codes.OK.String()],
		ByCode:         byCode,
		Seconds:        took.Seconds(),
		CallsPerSecond: float64(len(outcomes)) / took.Seconds(),
		CPUSeconds:     cpuTime().Seconds(),
		P50:            quantile(latencies, 0.5),
		P99:            quantile(latencies, 0.99),
		P999:           quantile(latencies, 0.999),
		Max:            quantile(latencies, 1),
	}
}

// cpuTime returns the processor time of this process, user and system.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func quantile(sorted []time.Duration, share float64) float64 {
	index := min(int(share*float64(len(sorted))), len(sorted)-1)
	return float64(sorted[index].Microseconds()) / 1000
}
