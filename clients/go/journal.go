package winsockd

import (
	"context"
	"encoding/json"
	"net/url"
	"time"
)

// JournalEntry is a call that the daemon has made. docs/journal-and-events.md has the members.
type JournalEntry struct {
	// Sequence counts from 1 without gaps, per session, in the order in which the calls ended.
	Sequence int64
	// Time is when the call ended.
	Time            time.Time
	Operation       string
	RequestID       string
	SocketID        string
	CreatedSocketID string
	Parameters      json.RawMessage
	// Outcome is ok, failed (with Code and Name) or refused (with Refusal).
	Outcome       string
	Code          int
	Name          string
	Refusal       string
	BytesSent     int
	BytesReceived int
	// EOF is whether the end of the peer's stream was received.
	EOF         bool
	StateBefore string
	StateAfter  string
	// NativeUs and WaitUs are microseconds in native calls, and waited.
	NativeUs int64
	WaitUs   int64
	// Faults are the ids of those that acted on the call.
	Faults []string
	// Undelivered is whether the answer did not reach its client.
	Undelivered bool
	// Data are the first bytes that were sent or received, if the session captures.
	Data *CapturedBytes
}

// CapturedBytes are bytes of a journal.
type CapturedBytes struct {
	Base64 []byte
	// Len is how many there are here.
	Len int
}

// Entries in one answer.
const pageLength = 1000

// Journal has every call of the session with its outcome, the oldest first.
func (s *Session) Journal(ctx context.Context) ([]JournalEntry, error) {
	return s.rig.journal(ctx, "getSessionJournal", Params{"sessionId": s.id})
}

// Journal has every call of the socket with its outcome, the oldest first. It can be read after Close.
func (s *Socket) Journal(ctx context.Context) ([]JournalEntry, error) {
	return s.session.rig.journal(ctx, "getSocketJournal", Params{"socketId": s.id})
}

func (r *Rig) journal(ctx context.Context, operation string, params Params) ([]JournalEntry, error) {
	var all []JournalEntry
	params["limit"], params["after"] = pageLength, 0
	for {
		var page struct {
			Entries   []JournalEntry
			NextAfter int64
		}
		if err := r.Call(ctx, operation, params, &page); err != nil {
			return nil, err
		}
		if len(page.Entries) == 0 {
			return all, nil
		}
		all = append(all, page.Entries...)
		params["after"] = page.NextAfter
	}
}

// Capture is a pcapng file of the connection for Wireshark, made from the journal. It has payload if the session was
// begun with Capture.
func (s *Socket) Capture(ctx context.Context) ([]byte, error) {
	file, err := s.session.rig.server.Get(ctx, "/v1/sockets/"+url.PathEscape(s.id)+"/journal.pcapng")
	if err != nil {
		return nil, errorOf(err)
	}
	return file, nil
}
