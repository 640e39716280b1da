package winsockd

import (
	"context"
	"fmt"
)

// OptionValue is the value of a socket option: exactly one field is set, that of the option's type.
type OptionValue struct {
	Boolean    *bool       `json:"boolean,omitempty"`
	Integer    *int64      `json:"integer,omitempty"`
	Linger     *Linger     `json:"linger,omitempty"`
	Membership *Membership `json:"membership,omitempty"`
}

// Linger is the value of SO_LINGER.
type Linger struct {
	// On is whether closesocket waits.
	On bool `json:"onoff"`
	// Seconds are how long at most; 0 resets the connection.
	Seconds int `json:"linger"`
}

// Membership is a multicast group that a socket joins or leaves.
type Membership struct {
	MulticastAddress string `json:"multicastAddress"`
	InterfaceAddress string `json:"interfaceAddress,omitempty"`
	InterfaceIndex   uint32 `json:"interfaceIndex,omitempty"`
	SourceAddress    string `json:"sourceAddress,omitempty"`
}

// BoolValue is the value of an option of type BOOL.
func BoolValue(value bool) OptionValue { return OptionValue{Boolean: &value} }

// IntValue is the value of an option of type int or DWORD.
func IntValue(value int64) OptionValue { return OptionValue{Integer: &value} }

// LingerValue is the value of SO_LINGER.
func LingerValue(on bool, seconds int) OptionValue {
	return OptionValue{Linger: &Linger{On: on, Seconds: seconds}}
}

// SetOption sets a socket option by its name in Winsock, such as SO_RCVBUF.
//
// https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-setsockopt
func (s *Socket) SetOption(ctx context.Context, name string, value OptionValue) error {
	level, err := levelOf(name)
	if err != nil {
		return err
	}
	return s.Call(ctx, "setSockOpt", Params{"level": level, "name": name, "value": value}, nil)
}

// Option returns the value of a socket option by its name in Winsock.
//
// https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-getsockopt
func (s *Socket) Option(ctx context.Context, name string) (OptionValue, error) {
	level, err := levelOf(name)
	if err != nil {
		return OptionValue{}, err
	}
	var result struct{ Value OptionValue }
	err = s.Call(ctx, "getSockOpt", Params{"level": level, "name": name}, &result)
	return result.Value, err
}

func levelOf(name string) (string, error) {
	level, ok := optionLevels[name]
	if !ok {
		return "", fmt.Errorf("winsockd: Winsock has no option %q", name)
	}
	return level, nil
}
