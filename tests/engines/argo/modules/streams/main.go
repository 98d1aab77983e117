// streams serves the part of a kubelet's API that the API server calls: exec into a container, and its log.
//
// The process kubelet keeps a folder NAMESPACE/POD/CONTAINER for each container, with the file `pid` (the
// parent of its first process) and the file `log`.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

// containers is the folder of all containers' folders.
type containers string

// ExecInContainer runs a command in the namespaces, below the root and with the environment of the container.
func (c containers) ExecInContainer(ctx context.Context, pod, _, container string, command []string, in io.Reader, out, complaints io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	parent, err := os.ReadFile(filepath.Join(string(c), pod, container, "pid"))
	if err != nil {
		return err
	}
	children, err := os.ReadFile(filepath.Join("/proc", string(parent), "task", string(parent), "children"))
	if err != nil {
		return err
	}
	pid := strings.TrimSpace(string(children))
	variables, err := os.ReadFile(filepath.Join("/proc", pid, "environ"))
	if err != nil {
		return err
	}
	enter := []string{"--target", pid, "--mount", "--pid", "--root", "--wd"}
	process := exec.CommandContext(ctx, "nsenter", append(enter, command...)...)
	process.Stdin, process.Stdout, process.Env = in, out, strings.Split(string(bytes.TrimRight(variables, "\x00")), "\x00")
	if complaints != nil {
		process.Stderr = complaints
	}
	var failed *exec.ExitError
	if err = process.Run(); errors.As(err, &failed) {
		return utilexec.CodeExitError{Err: err, Code: failed.ExitCode()}
	}
	return err
}

func (c containers) serveExec(w http.ResponseWriter, r *http.Request) {
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	pod := r.PathValue("namespace") + "/" + r.PathValue("pod")
	remotecommand.ServeExec(w, r, c, pod, "", r.PathValue("container"), r.URL.Query()["command"], options, time.Minute, time.Minute, remotecommand.SupportedStreamingProtocols)
}

func (c containers) serveLog(w http.ResponseWriter, r *http.Request) {
	http.ServeFile(w, r, filepath.Join(string(c), r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container"), "log"))
}

func main() {
	address := flag.String("address", "", "host and port to listen on")
	folder := flag.String("containers", "", "the folder of the containers' folders")
	certificate := flag.String("cert", "", "the server's certificate")
	key := flag.String("key", "", "the certificate's key")
	flag.Parse()
	c := containers(*folder)
	routes := http.NewServeMux()
	routes.HandleFunc("/exec/{namespace}/{pod}/{container}", c.serveExec)
	routes.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", c.serveLog)
	log.Fatal(http.ListenAndServeTLS(*address, *certificate, *key, routes))
}
