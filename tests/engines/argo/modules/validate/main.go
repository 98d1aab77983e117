// validate checks Argo's objects offline with Argo's own validator.
//
// It reads files of YAML or JSON, with any number of documents, and prints one JSON line for each object: its file, kind
// and name, and the error if it is refused. Templates in any file resolve the references of all. It exits with 1 if an
// object is refused or there is none.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/argoproj/argo-workflows/v4/pkg/apis/workflow"
	wfv1 "github.com/argoproj/argo-workflows/v4/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v4/util/logging"
	"github.com/argoproj/argo-workflows/v4/workflow/common"
	"github.com/argoproj/argo-workflows/v4/workflow/validate"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// named holds the templates of one kind in all files.
type named[T any] map[string]T

// Get is how the validator looks a template up.
func (templates named[T]) Get(_ context.Context, name string) (T, error) {
	template, ok := templates[name]
	if !ok {
		return template, fmt.Errorf("no file has a %T called %q", template, name)
	}
	return template, nil
}

// finding is one line of the output.
type finding struct {
	File  string `json:"file"`
	Kind  string `json:"kind"`
	Name  string `json:"name"`
	Error string `json:"error,omitempty"`
}

type object struct {
	file string
	metav1.Object
	err error
}

func main() {
	ctx := logging.WithLogger(context.Background(), logging.NewSlogLogger(logging.Error, logging.JSON))
	templates, clusterTemplates := named[*wfv1.WorkflowTemplate]{}, named[*wfv1.ClusterWorkflowTemplate]{}
	objects := []object{}
	for _, file := range os.Args[1:] {
		for _, each := range read(ctx, file) {
			objects = append(objects, each)
			switch template := each.Object.(type) {
			case *wfv1.WorkflowTemplate:
				templates[template.Name] = template
			case *wfv1.ClusterWorkflowTemplate:
				clusterTemplates[template.Name] = template
			}
		}
	}
	refused := len(objects) == 0
	lines := json.NewEncoder(os.Stdout)
	for _, each := range objects {
		found := finding{File: each.file}
		if each.Object != nil {
			found.Name = each.GetName() + each.GetGenerateName()
			found.Kind = kind(each.Object).Kind
		}
		if each.err == nil {
			each.err = check(ctx, each.Object, templates, clusterTemplates)
		}
		if each.err != nil {
			found.Error, refused = strings.TrimSpace(each.err.Error()), true
		}
		_ = lines.Encode(found)
	}
	if refused {
		os.Exit(1)
	}
}

// read parses a file strictly: unknown and repeated fields are errors.
func read(ctx context.Context, file string) (objects []object) {
	text, err := os.ReadFile(file)
	if err != nil {
		return []object{{file: file, err: err}}
	}
	for _, parsed := range common.ParseObjects(ctx, text, true) {
		objects = append(objects, object{file, parsed.Object, parsed.Err})
	}
	return objects
}

// kind is that of one of Argo's objects; of others, Argo's parser keeps the metadata only.
func kind(each metav1.Object) schema.GroupVersionKind {
	if whole, ok := each.(runtime.Object); ok {
		return whole.GetObjectKind().GroupVersionKind()
	}
	return schema.GroupVersionKind{}
}

func check(ctx context.Context, each metav1.Object, templates named[*wfv1.WorkflowTemplate], clusterTemplates named[*wfv1.ClusterWorkflowTemplate]) error {
	if version := kind(each).GroupVersion().String(); version != workflow.APIVersion {
		return fmt.Errorf("an object of apiVersion %q is not Argo's", version)
	}
	switch each := each.(type) {
	case *wfv1.Workflow:
		return validate.ValidateWorkflow(ctx, templates, clusterTemplates, each, nil, validate.ValidateOpts{Submit: true})
	case *wfv1.WorkflowTemplate:
		return validate.ValidateWorkflowTemplate(ctx, templates, clusterTemplates, each, nil, validate.ValidateOpts{Lint: true})
	case *wfv1.ClusterWorkflowTemplate:
		return validate.ValidateClusterWorkflowTemplate(ctx, templates, clusterTemplates, each, nil, validate.ValidateOpts{Lint: true})
	case *wfv1.CronWorkflow:
		return validate.ValidateCronWorkflow(ctx, templates, clusterTemplates, each, nil)
	}
	return fmt.Errorf("%T is not a kind that Argo validates", each)
}
