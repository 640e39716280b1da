package winsockd

import (
	"context"
	"encoding/json"
	"time"
)

// RelayOptions says how a relay begins. Fields that are zero are left out.
type RelayOptions struct {
	// Provider of the connections to the upstream address.
	Provider string
	// MaxConnections at once; further ones wait. Zero is 64.
	MaxConnections int
	// ConnectTimeout is how long a connection to the upstream address may take.
	ConnectTimeout time.Duration
	// Capture is how many bytes of each send and receive the journals of its sockets keep.
	Capture int
	Faults  []RelayFault
}

// RelayFault is a rule for the sockets of a relay.
type RelayFault struct {
	FaultRule
	// End is client for the sockets that the relay accepts, upstream for those that connect.
	End string
	// NthConnection is the only pair that is meant; 0 means all.
	NthConnection int
}

// MarshalJSON writes the rule as the daemon takes it.
func (f RelayFault) MarshalJSON() ([]byte, error) {
	params := f.params().with("end", f.End)
	if f.NthConnection != 0 {
		params["nthConnection"] = f.NthConnection
	}
	return json.Marshal(params)
}

func (o RelayOptions) params(upstream endpoint) Params {
	params := Params{"upstream": upstream}
	if o.Provider != "" {
		params["provider"] = o.Provider
	}
	if o.MaxConnections != 0 {
		params["maxConnections"] = o.MaxConnections
	}
	if o.ConnectTimeout != 0 {
		params["connectTimeoutMs"] = o.ConnectTimeout.Milliseconds()
	}
	if o.Capture != 0 {
		params["capture"] = Params{"maxBytes": o.Capture}
	}
	if o.Faults != nil {
		params["faults"] = o.Faults
	}
	return params
}

// Relay joins every connection to a listener to one to an upstream address. It ends with its listener or session.
type Relay struct {
	session *Session
	id      string
}

// ID is the id of the relay, rel_....
func (r *Relay) ID() string { return r.id }

// MarshalText lets the relay stand for its id in parameters.
func (r *Relay) MarshalText() ([]byte, error) { return []byte(r.id), nil }

// RelayInfo is what the daemon knows of a relay.
type RelayInfo struct {
	RelayID string
	// State is running, paused, finishing or ended.
	State           string
	MaxConnections  int
	FaultIDs        []string
	Accepted        int
	OpenPairs       int
	BytesToUpstream int64
	BytesToClient   int64
	Pairs           []RelayPair
	CreatedAt       time.Time
}

// RelayPair is an accepted connection, and the one that is made for it.
type RelayPair struct {
	Number           int
	State            string
	ClientSocketID   string
	UpstreamSocketID string
	BytesToUpstream  int64
	BytesToClient    int64
	// Code and Name of the call that has reset the pair, Call its function.
	Code     int
	Name     string
	Call     string
	Refusal  string
	OpenedAt time.Time
	EndedAt  time.Time
}

// Relays are those of the session.
func (s *Session) Relays(ctx context.Context) ([]*Relay, error) {
	var result struct{ Relays []RelayInfo }
	if err := s.Call(ctx, "listRelays", nil, &result); err != nil {
		return nil, err
	}
	var relays []*Relay
	for _, one := range result.Relays {
		relays = append(relays, &Relay{session: s, id: one.RelayID})
	}
	return relays, nil
}

// Info is its state, its counts and its pairs: the newest that have ended, then the open ones (getRelay).
func (r *Relay) Info(ctx context.Context) (RelayInfo, error) {
	var info RelayInfo
	err := r.call(ctx, "getRelay", Params{}, &info)
	return info, err
}

// Pause accepts no further connections for now.
func (r *Relay) Pause(ctx context.Context) error {
	return r.call(ctx, "updateRelay", Params{"paused": true}, nil)
}

// Resume accepts connections again.
func (r *Relay) Resume(ctx context.Context) error {
	return r.call(ctx, "updateRelay", Params{"paused": false}, nil)
}

// SetFaults replaces its faults.
func (r *Relay) SetFaults(ctx context.Context, faults ...RelayFault) error {
	if faults == nil {
		faults = []RelayFault{}
	}
	return r.call(ctx, "updateRelay", Params{"faults": faults}, nil)
}

// End ends the relay, and resets the open pairs.
func (r *Relay) End(ctx context.Context) error {
	return r.call(ctx, "endRelay", Params{"pairs": "reset"}, nil)
}

// Finish accepts no more connections, and lets the open pairs come to their end.
func (r *Relay) Finish(ctx context.Context) error {
	return r.call(ctx, "endRelay", Params{"pairs": "finish"}, nil)
}

func (r *Relay) call(ctx context.Context, operation string, params Params, result any) error {
	return r.session.Call(ctx, operation, params.with("relayId", r.id), result)
}
