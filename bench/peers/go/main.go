// A program with the Go client, whose speed is measured. Its arguments:
//
//	up|down BYTES rig PORT    bytes in bulk between two ends; PORT of the daemon
//	up|down BYTES relay       the same through a relay, whose port comes from standard input when the far end listens
//	calls SECONDS PORT        the calls of a lifecycle one by one; SECONDS may be a fraction
//
// Of bulk it prints the port of the far end first. Then it prints a line of JSON. BENCH_TOKEN has the token.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"time"

	"winsockd"
)

const piece = 4 << 20

func main() {
	way, amount, rest := os.Args[1], os.Args[2], os.Args[3:]
	if way == "calls" {
		seconds := must(strconv.ParseFloat(amount, 64))
		calls(time.Duration(seconds*float64(time.Second)), rest[0])
		return
	}
	bulk(way, must(strconv.ParseInt(amount, 10, 64)), rest)
}

func bulk(way string, count int64, through []string) {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	far := make(chan int64)
	go func() {
		conn := must(listener.Accept()).(*net.TCPConn)
		if way == "down" {
			send(conn, count)
		}
		far <- must(io.Copy(counter{}, conn))
	}()
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	near := dial(through, listener.Addr().String())
	began := time.Now()
	var total int64
	if way == "up" {
		send(near, count)
		total = <-far
	} else {
		total = must(io.Copy(counter{}, near))
	}
	seconds := time.Since(began).Seconds()
	if total != count {
		log.Fatalf("%d of %d bytes have arrived", total, count)
	}
	show(map[string]float64{"seconds": seconds})
	_ = near.Close()
}

func dial(through []string, address string) net.Conn {
	if through[0] == "rig" {
		return must(open(through[1]).DialContext(context.Background(), "tcp", address))
	}
	var port int
	must(fmt.Scanln(&port))
	return must(net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)))
}

func open(port string) *winsockd.Rig {
	options := winsockd.Options{URL: "http://127.0.0.1:" + port, Token: os.Getenv("BENCH_TOKEN")}
	return must(winsockd.Open(context.Background(), options))
}

func send(conn net.Conn, count int64) {
	data := make([]byte, piece)
	for sent := int64(0); sent < count; sent += piece {
		must(conn.Write(data))
	}
	if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		log.Fatal(err)
	}
}

// counter takes bytes in large pieces, and lets io.Copy count them.
type counter struct{}

func (counter) Write(p []byte) (int, error) { return len(p), nil }

func (counter) ReadFrom(r io.Reader) (int64, error) {
	buffer := make([]byte, piece)
	for total := int64(0); ; {
		n, err := r.Read(buffer)
		total += int64(n)
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

func calls(limit time.Duration, port string) {
	rig := open(port)
	echo := must(net.Listen("tcp", "127.0.0.1:0"))
	go func() {
		for {
			conn := must(echo.Accept())
			go func() {
				_, _ = io.Copy(conn, conn)
				_ = conn.Close()
			}()
		}
	}()
	count := 0
	began := time.Now()
	for time.Since(began) < limit {
		// socket, connect, send, recv, sendDisconnect, recv, close
		conn := must(rig.DialStream(context.Background(), "tcp", echo.Addr().String()))
		must(conn.Write([]byte("hello")))
		must(io.ReadFull(conn, make([]byte, 5)))
		if err := conn.SendDisconnect(nil); err != nil {
			log.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
			log.Fatal(err)
		}
		if err := conn.Close(); err != nil {
			log.Fatal(err)
		}
		count += 7
	}
	show(map[string]float64{"rate": float64(count) / time.Since(began).Seconds()})
}

func show(figures map[string]float64) {
	fmt.Println(string(must(json.Marshal(figures))))
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
