package winsockd

import (
	"context"
	"time"
)

// SessionOptions says how a session begins.
type SessionOptions struct {
	// Version of Winsock, such as 1.1. Empty is 2.2.
	Version string
	// Provider of its sockets: ws2_32, posix or lab. Empty is that of the rig.
	Provider string
	// LabNetwork is the name of a network of the lab that sessions of one owner share.
	LabNetwork string
	// Capture is how many bytes of each send and receive the journals of its sockets keep: at most 65,536.
	Capture int
	// Faults are armed from its first call on.
	Faults []FaultRule
}

// Session is what a process is to Winsock: it owns sockets, faults, relays and a journal. It ends with its rig, and
// at once if the program dies.
type Session struct {
	rig      *Rig
	id       string
	version  string
	provider string
	capture  int
}

// BeginSession begins a session (WSAStartup).
//
// https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsastartup
func (r *Rig) BeginSession(ctx context.Context, options SessionOptions) (*Session, error) {
	params := Params{"version": first(options.Version, "2.2"), "endWithConnection": true}
	if options.LabNetwork != "" {
		params["labNetwork"] = options.LabNetwork
	}
	if options.Faults != nil {
		params["faults"] = options.Faults
	}
	var result struct{ SessionID, Version string }
	if err := r.Call(ctx, "startup", params, &result); err != nil {
		return nil, err
	}
	return &Session{
		rig:      r,
		id:       result.SessionID,
		version:  result.Version,
		provider: first(options.Provider, r.provider),
		capture:  options.Capture,
	}, nil
}

// ID is the id of the session, ses_....
func (s *Session) ID() string { return s.id }

// MarshalText lets the session stand for its id in parameters.
func (s *Session) MarshalText() ([]byte, error) { return []byte(s.id), nil }

// Rig is the rig of the session.
func (s *Session) Rig() *Rig { return s.rig }

// Version is the negotiated version of Winsock.
func (s *Session) Version() string { return s.version }

// Call makes a call of this session, see [Rig.Call].
func (s *Session) Call(ctx context.Context, operation string, params Params, result any) error {
	return s.rig.Call(ctx, operation, params.with("sessionId", s.id), result)
}

// with returns the parameters and one more.
func (p Params) with(name string, value any) Params {
	all := Params{name: value}
	for name, value := range p {
		all[name] = value
	}
	return all
}

// SessionInfo is what the daemon knows of a session.
type SessionInfo struct {
	SessionID    string
	Version      string
	Startups     int
	Sockets      int
	Relays       int
	PendingCalls int
	LabNetwork   string
	CreatedAt    time.Time
}

// Info is what the daemon knows of the session (getSession).
func (s *Session) Info(ctx context.Context) (SessionInfo, error) {
	var info SessionInfo
	err := s.Call(ctx, "getSession", nil, &info)
	return info, err
}

// Sockets are its open sockets, the oldest first (listSockets).
func (s *Session) Sockets(ctx context.Context) ([]SocketInfo, error) {
	var all []SocketInfo
	params := Params{}
	for {
		var page struct {
			Sockets    []SocketInfo
			NextCursor string
		}
		if err := s.Call(ctx, "listSockets", params, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Sockets...)
		if page.NextCursor == "" {
			return all, nil
		}
		params["cursor"] = page.NextCursor
	}
}

// Reset removes all faults and ends all relays of the session.
func (s *Session) Reset(ctx context.Context) error {
	return s.Call(ctx, "resetSession", nil, nil)
}

// End ends the session (endSession): its sockets close, its calls end.
func (s *Session) End(ctx context.Context) error {
	return s.Call(ctx, "endSession", nil, nil)
}
