package winsockd

import (
	"context"
	"time"
)

// LabLink is the network of the lab of a session.
type LabLink struct {
	// LatencyMs is how long bytes take, in milliseconds.
	LatencyMs int `json:"latencyMs"`
	// BytesPerSecond of all traffic together; 0 is no limit.
	BytesPerSecond int64 `json:"bytesPerSecond"`
	// Loss is the probability that a datagram is lost, drawn by Seed.
	Loss float64 `json:"loss"`
	Seed uint32  `json:"seed"`
	// Partition lets nothing pass.
	Partition bool `json:"partition"`
}

// SetLabLink sets the network of the lab.
func (s *Session) SetLabLink(ctx context.Context, link LabLink) error {
	return s.Call(ctx, "setLabLink", Params{
		"latencyMs":      link.LatencyMs,
		"bytesPerSecond": link.BytesPerSecond,
		"loss":           link.Loss,
		"seed":           link.Seed,
		"partition":      link.Partition,
	}, nil)
}

// AdvanceLabClock moves the clock of the lab by whole milliseconds. It returns how many events have run.
func (s *Session) AdvanceLabClock(ctx context.Context, by time.Duration) (int, error) {
	var result struct{ Ran int }
	err := s.Call(ctx, "advanceLabClock", Params{"advanceMs": by.Milliseconds()}, &result)
	return result.Ran, err
}
