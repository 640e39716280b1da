// Package winsockd is a client of the daemon winsockd, which makes the Winsock calls of a Windows machine, or calls by
// Winsock's rules on Linux.
//
// A [Rig] is a daemon as a client has it. Its connections, listeners and packet connections are those of package net,
// so that what is built on net runs on it: [Rig.DialContext] is a DialContext of http.Transport, a [Listener] is one
// for http.Server. Their errors have the exact WSA codes; faults, journals and captures are a method away.
package winsockd
