package winsockd_test

import (
	"errors"
	"testing"

	"winsockd"
)

func TestABatch(t *testing.T) {
	rig := openRig(t)
	session := beginLab(t, rig)
	address := winsockd.Params{"family": "AF_INET", "address": "10.0.0.1", "port": 0}
	batch := rig.Batch(winsockd.BatchOptions{})
	open := winsockd.Params{"sessionId": session, "provider": "lab", "family": "AF_INET"}
	server := batch.Add("socket", open)
	bound := batch.Add("bind", winsockd.Params{"socketId": server.Ref("socketId"), "address": address})
	batch.Add("listen", winsockd.Params{"socketId": server.Ref("socketId")})
	client := batch.Add("socket", open)
	to := winsockd.Params{
		"family":  "AF_INET",
		"address": "10.0.0.1",
		"port":    bound.Ref("localAddress", "port"),
	}
	batch.Add("connect", winsockd.Params{"socketId": client.Ref("socketId"), "address": to})
	sends := batch.Add("send", winsockd.Params{"socketId": client.Ref("socketId"), "data": winsockd.Params{"text": "record"}})
	sends.Repeat(100).Expect("/bytesSent", 6)
	batch.Add("shutdown", winsockd.Params{"socketId": client.Ref("socketId"), "how": "SD_SEND"})
	late := batch.Add("send", winsockd.Params{"socketId": client.Ref("socketId"), "data": winsockd.Params{"text": "late"}})
	late.ExpectError("WSAESHUTDOWN")
	if late.Outcome() != "" || late.Err() != nil || late.Result(nil) == nil {
		t.Error("a step that has not run has an outcome")
	}
	if err := batch.Run(limited(t)); err != nil || batch.Outcome() != "completed" {
		t.Fatal(batch.Outcome(), err)
	}
	var sent struct{ BytesSent int }
	if err := sends.Result(&sent); err != nil || sent.BytesSent != 6 || sends.Runs() != 100 {
		t.Errorf("%d runs, %+v, %v", sends.Runs(), sent, err)
	}
	var failed *winsockd.WinsockError
	if !errors.As(late.Err(), &failed) || failed.Name != "WSAESHUTDOWN" || late.Outcome() != "expected" {
		t.Errorf("%s, %v", late.Outcome(), late.Err())
	}
}

func TestABatchThatFails(t *testing.T) {
	rig := openRig(t)
	batch := rig.Batch(winsockd.BatchOptions{OnError: "cleanup"})
	opened := batch.Add("socket", winsockd.Params{"sessionId": rig.Session(), "family": "AF_INET"})
	early := batch.Add("listen", winsockd.Params{"socketId": opened.Ref("socketId")})
	skipped := batch.Add("getSocket", winsockd.Params{"socketId": opened.Ref("socketId")})
	var failed *winsockd.WinsockError
	if err := batch.Run(limited(t)); !errors.As(err, &failed) || failed.Name != "WSAEINVAL" {
		t.Errorf("Run: %v", err)
	}
	if batch.Outcome() != "failed" || early.Outcome() != "failed" || skipped.Outcome() != "skipped" {
		t.Errorf("%s: %s, %s", batch.Outcome(), early.Outcome(), skipped.Outcome())
	}
	if sockets, err := rig.Session().Sockets(limited(t)); err != nil || len(sockets) != 0 {
		t.Errorf("%d sockets are left, %v", len(sockets), err)
	}
}

func TestAnExpectationThatIsNotMet(t *testing.T) {
	rig := openRig(t)
	batch := rig.Batch(winsockd.BatchOptions{})
	batch.Add("getSession", winsockd.Params{"sessionId": rig.Session()}).Expect("/version", "1.1")
	if err := batch.Run(limited(t)); err == nil {
		t.Error("another version was as expected")
	}
}
