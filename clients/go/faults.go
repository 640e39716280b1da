package winsockd

import (
	"context"
	"encoding/json"
	"time"
)

// FaultRule makes calls fail, wait, transfer less, or lose their connection. docs/faults.md has the effects and what
// each of them takes. Fields that are zero are left out.
type FaultRule struct {
	// Effect is fail, delay, slice, reset, drop, freeze, bandwidth, latency, limit or slowClose.
	Effect string
	// Operation is the call that it hits, such as send. Empty: all that move bytes or make connections.
	Operation string
	// Code is the name of the WSA code of the effect fail.
	Code string
	// Nth, Every and Times say which of the matching calls it hits, and how often at most.
	Nth, Every, Times int
	// Probability hits each matching call with this probability, drawn by Seed.
	Probability float64
	Seed        uint32
	// AfterBytes hits calls of a stream after so many bytes in their direction.
	AfterBytes int
	// Phase of the effect fail: before or after the call.
	Phase string
	// Bytes of the effects slice and limit.
	Bytes int
	// BytesPerSecond of the effect bandwidth.
	BytesPerSecond int
	// Delay, Freeze, Latency and Jitter belong to the effects of their names, Delay also to slowClose. They are whole
	// milliseconds.
	Delay, Freeze, Latency, Jitter time.Duration
	// Then of the effect limit: end or reset.
	Then string
	// Expires is how long it hits calls at all.
	Expires time.Duration
}

// MarshalJSON writes the rule as the daemon takes it.
func (f FaultRule) MarshalJSON() ([]byte, error) { return json.Marshal(f.params()) }

func (f FaultRule) params() Params {
	params := Params{}
	add := func(name string, value any, isSet bool) {
		if isSet {
			params[name] = value
		}
	}
	add("effect", f.Effect, f.Effect != "")
	add("operation", f.Operation, f.Operation != "")
	add("code", f.Code, f.Code != "")
	add("nth", f.Nth, f.Nth != 0)
	add("every", f.Every, f.Every != 0)
	add("times", f.Times, f.Times != 0)
	add("probability", f.Probability, f.Probability != 0)
	add("seed", f.Seed, f.Seed != 0)
	add("afterBytes", f.AfterBytes, f.AfterBytes != 0)
	add("phase", f.Phase, f.Phase != "")
	add("bytes", f.Bytes, f.Bytes != 0)
	add("bytesPerSecond", f.BytesPerSecond, f.BytesPerSecond != 0)
	add("delayMs", f.Delay.Milliseconds(), f.Delay != 0)
	add("freezeMs", f.Freeze.Milliseconds(), f.Freeze != 0)
	add("latencyMs", f.Latency.Milliseconds(), f.Latency != 0)
	add("jitterMs", f.Jitter.Milliseconds(), f.Jitter != 0)
	add("then", f.Then, f.Then != "")
	add("expiresMs", f.Expires.Milliseconds(), f.Expires != 0)
	return params
}

// Fault is an armed rule.
type Fault struct {
	session *Session
	id      string
}

// ArmFault arms a rule for all sockets of the session.
func (s *Session) ArmFault(ctx context.Context, rule FaultRule) (*Fault, error) {
	return s.armFault(ctx, rule.params())
}

// ArmFault arms a rule for this socket.
func (s *Socket) ArmFault(ctx context.Context, rule FaultRule) (*Fault, error) {
	return s.session.armFault(ctx, rule.params().with("socketId", s.id))
}

func (s *Session) armFault(ctx context.Context, params Params) (*Fault, error) {
	var result struct{ FaultID string }
	if err := s.Call(ctx, "armFault", params, &result); err != nil {
		return nil, err
	}
	return &Fault{session: s, id: result.FaultID}, nil
}

// Faults are the rules that are armed in this session.
func (s *Session) Faults(ctx context.Context) ([]*Fault, error) {
	var result struct{ Faults []FaultInfo }
	if err := s.Call(ctx, "listFaults", nil, &result); err != nil {
		return nil, err
	}
	var faults []*Fault
	for _, one := range result.Faults {
		faults = append(faults, &Fault{session: s, id: one.FaultID})
	}
	return faults, nil
}

// ID is the id of the fault, flt_....
func (f *Fault) ID() string { return f.id }

// MarshalText lets the fault stand for its id in parameters.
func (f *Fault) MarshalText() ([]byte, error) { return []byte(f.id), nil }

// FaultInfo is what the daemon knows of a fault.
type FaultInfo struct {
	FaultID   string
	SocketID  string
	Effect    string
	Operation string
	// Calls is how many calls have matched, Hits how many it has hit.
	Calls, Hits int
	// Spent is whether it hits no more.
	Spent bool
}

// Info is what the daemon knows of the fault (getFault).
func (f *Fault) Info(ctx context.Context) (FaultInfo, error) {
	var info FaultInfo
	err := f.session.Call(ctx, "getFault", Params{"faultId": f.id}, &info)
	return info, err
}

// Hits is how many calls it has hit.
func (f *Fault) Hits(ctx context.Context) (int, error) {
	info, err := f.Info(ctx)
	return info.Hits, err
}

// Remove removes the rule.
func (f *Fault) Remove(ctx context.Context) error {
	return f.session.Call(ctx, "removeFault", Params{"faultId": f.id}, nil)
}
