package winsockd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// BatchOptions says how a batch goes.
type BatchOptions struct {
	// OnError is stop, continue, or cleanup, which also ends what the batch has made. Empty is stop.
	OnError string
	// Timeout of all steps together. Zero is the daemon's limit of a wait.
	Timeout time.Duration
}

// Batch is up to 1,000 calls that the daemon makes one after another by one request. Each can use the results of those
// before it. docs/json-rpc.md describes the rules.
type Batch struct {
	rig     *Rig
	options BatchOptions
	steps   []*Step
	outcome string
}

// Batch begins a batch without steps.
func (r *Rig) Batch(options BatchOptions) *Batch {
	return &Batch{rig: r, options: options}
}

// Step is a call of a batch.
type Step struct {
	written stepRequest
	answer  *stepAnswer
}

type stepRequest struct {
	ID          string         `json:"id"`
	Operation   string         `json:"operation"`
	Params      Params         `json:"params,omitempty"`
	Expect      map[string]any `json:"expect,omitempty"`
	ExpectError string         `json:"expectError,omitempty"`
	Repeat      int            `json:"repeat,omitempty"`
}

type stepAnswer struct {
	Outcome string
	Runs    int
	Result  json.RawMessage
	Problem json.RawMessage
	Unmet   []string
}

// Ref stands for a value of a step's result in the parameters of later steps.
type Ref struct {
	Result string `json:"$result"`
}

// Add adds a call, by the names of docs/operations.md.
func (b *Batch) Add(operation string, params Params) *Step {
	id := fmt.Sprintf("step%d", len(b.steps))
	step := &Step{written: stepRequest{ID: id, Operation: operation, Params: params}}
	b.steps = append(b.steps, step)
	return step
}

// Repeat lets the call run so many times; the first failure ends it. It returns the step.
func (s *Step) Repeat(times int) *Step {
	s.written.Repeat = times
	return s
}

// Expect says which value must be at a JSON pointer into the result, such as /bytesSent. It returns the step.
func (s *Step) Expect(pointer string, value any) *Step {
	if s.written.Expect == nil {
		s.written.Expect = map[string]any{}
	}
	s.written.Expect[pointer] = value
	return s
}

// ExpectError says by which code or refusal the call must fail, such as WSAESHUTDOWN. It returns the step.
func (s *Step) ExpectError(name string) *Step {
	s.written.ExpectError = name
	return s
}

// Ref stands for a member of the step's result, or for one within it: Ref("localAddress", "port").
func (s *Step) Ref(path ...string) Ref {
	pointer := "/" + s.written.ID
	for _, member := range path {
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(member)
	}
	return Ref{Result: pointer}
}

// Run makes the calls. It returns the error of the first step that failed, with its operation. What the steps did stays
// done, unless the batch cleans up. When ctx ends, the batch is cancelled.
func (b *Batch) Run(ctx context.Context) error {
	params := Params{"steps": b.requests(), "onError": first(b.options.OnError, "stop")}
	if b.options.Timeout > 0 {
		params["timeoutMs"] = max(1, b.options.Timeout.Milliseconds())
	}
	var result struct {
		Outcome string
		Steps   []*stepAnswer
	}
	if err := b.rig.Call(ctx, "batch", params, &result); err != nil {
		return err
	}
	if len(result.Steps) != len(b.steps) {
		return errors.New("winsockd: the daemon has answered another number of steps")
	}
	b.outcome = result.Outcome
	for place, step := range b.steps {
		step.answer = result.Steps[place]
	}
	if b.outcome == "cancelled" && ctx.Err() != nil {
		return ctx.Err()
	}
	return b.failure()
}

func (b *Batch) requests() []stepRequest {
	requests := make([]stepRequest, 0, len(b.steps))
	for _, step := range b.steps {
		requests = append(requests, step.written)
	}
	return requests
}

func (b *Batch) failure() error {
	if b.outcome == "completed" {
		return nil
	}
	for _, step := range b.steps {
		if outcome := step.Outcome(); outcome == "failed" || outcome == "cancelled" {
			return fmt.Errorf("batch: %s: %w", step.written.Operation, step.failure())
		}
	}
	return errors.New("winsockd: the batch has not run to its end")
}

func (s *Step) failure() error {
	if err := s.Err(); err != nil {
		return err
	}
	if len(s.answer.Unmet) > 0 {
		return fmt.Errorf("not as expected: %s of %s", strings.Join(s.answer.Unmet, ", "), s.answer.Result)
	}
	return fmt.Errorf("it has not failed with %s", s.written.ExpectError)
}

// Outcome of the batch is completed, failed or cancelled; empty before Run.
func (b *Batch) Outcome() string { return b.outcome }

// Outcome of the step is ok, expected, failed, skipped or cancelled; empty before Run.
func (s *Step) Outcome() string {
	if s.answer == nil {
		return ""
	}
	return s.answer.Outcome
}

// Runs is how often the call ran.
func (s *Step) Runs() int {
	if s.answer == nil {
		return 0
	}
	return s.answer.Runs
}

// Err is the error of the last run: a [*WinsockError] or a [*RefusedError]; nil if there was none.
func (s *Step) Err() error {
	if s.answer == nil || s.answer.Problem == nil {
		return nil
	}
	return problemError(s.answer.Problem)
}

// Result stores the result of the last run in the value that result points to.
func (s *Step) Result(result any) error {
	if err := s.Err(); err != nil {
		return err
	}
	if s.answer == nil || s.answer.Result == nil {
		return fmt.Errorf("winsockd: the step %s has no result", s.written.Operation)
	}
	return json.Unmarshal(s.answer.Result, result)
}
