// Heldsession is a program for tests of what happens when a client dies: it holds a session with a connection to the
// port of its argument, and says when it receives a byte.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"winsockd"
)

func main() {
	ctx := context.Background()
	rig, err := winsockd.Open(ctx, winsockd.Options{})
	if err != nil {
		log.Fatal(err)
	}
	conn, err := rig.DialContext(ctx, "tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if _, err := conn.Write([]byte("here")); err != nil {
		log.Fatal(err)
	}
	fmt.Println("holds", rig.Session().ID())
	for received := make([]byte, 1); ; {
		if _, err := conn.Read(received); err != nil {
			log.Fatal(err)
		}
		fmt.Println("received")
	}
}
