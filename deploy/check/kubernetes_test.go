// Package check checks the manifests of its neighbours. It is a module of its own, so that what it needs for that is no
// dependency of sipconform.
package check

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	strict "sigs.k8s.io/yaml"
)

// kinds are those that the manifests may have.
func kinds() map[string]runtime.Object {
	return map[string]runtime.Object{
		"batch/v1 Job": new(batchv1.Job), "v1 ConfigMap": new(corev1.ConfigMap), "v1 Secret": new(corev1.Secret),
		"v1 PersistentVolumeClaim": new(corev1.PersistentVolumeClaim),
	}
}

// decode decodes the objects of a manifest. A field that the kind does not have is an error, and so is one that is there twice.
func decode(manifest io.Reader) ([]runtime.Object, error) {
	var all []runtime.Object
	for reader := yaml.NewYAMLReader(bufio.NewReader(manifest)); ; {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		var meta struct{ APIVersion, Kind string }
		if err := strict.Unmarshal(document, &meta); err != nil {
			return nil, err
		}
		object := kinds()[meta.APIVersion+" "+meta.Kind]
		if object == nil {
			return nil, fmt.Errorf("%s %s is none of the kinds", meta.APIVersion, meta.Kind)
		}
		if err := strict.UnmarshalStrict(document, object); err != nil {
			return nil, fmt.Errorf("%s: %w", meta.Kind, err)
		}
		all = append(all, object)
	}
}

// manifests are the objects of each file.
func manifests(t *testing.T) map[string][]runtime.Object {
	t.Helper()
	files, err := filepath.Glob("../kubernetes/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no manifests: %v", err)
	}
	all := make(map[string][]runtime.Object)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		objects, err := decode(bytes.NewReader(data))
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
		all[filepath.Base(file)] = objects
	}
	return all
}

func TestDecodeIsStrict(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ manifest, want string }{
		"an unknown field": {"apiVersion: batch/v1\nkind: Job\nspec: {completionsMode: Indexed}\n", `unknown field "completionsMode"`},
		"a field twice":    {"apiVersion: v1\nkind: ConfigMap\ndata: {a: b, a: c}\n", `"a" already set in map`},
		"another type":     {"apiVersion: batch/v1\nkind: Job\nspec: {completions: many}\n", "cannot unmarshal string"},
		"another kind":     {"apiVersion: v1\nkind: Pod\n", "v1 Pod is none of the kinds"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := decode(strings.NewReader(c.manifest)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want %s", err, c.want)
			}
		})
	}
}

// TestManifests checks what Kubernetes would refuse, or would only tell once pods are there: names that lead nowhere.
func TestManifests(t *testing.T) {
	t.Parallel()
	all := manifests(t)
	names := make(map[string]bool)
	keys := make(map[string]map[string]string)
	for _, objects := range all {
		for _, o := range objects {
			switch o := o.(type) {
			case *corev1.ConfigMap:
				names["ConfigMap "+o.Name], keys[o.Name] = true, o.Data
			case *corev1.Secret:
				names["Secret "+o.Name] = true
			case *corev1.PersistentVolumeClaim:
				names["PersistentVolumeClaim "+o.Name] = true
			}
		}
	}
	jobs := 0
	for file, objects := range all {
		for _, o := range objects {
			job, ok := o.(*batchv1.Job)
			if !ok {
				continue
			}
			jobs++
			c := checker{t: t, where: file + ": " + job.Name, names: names, keys: keys}
			c.job(job)
		}
	}
	if jobs != 4 {
		t.Errorf("there are %d jobs, want 4: shards and merge, on a volume and with an object store", jobs)
	}
}

// checker checks a job.
type checker struct {
	t     *testing.T
	where string
	names map[string]bool // of objects, with their kinds
	keys  map[string]map[string]string
}

func (c checker) errorf(format string, args ...any) {
	c.t.Helper()
	c.t.Errorf("%s: %s", c.where, fmt.Sprintf(format, args...))
}

var (
	shard     = regexp.MustCompile(`^-shard=env:JOB_COMPLETION_INDEX/(\d+)$`)
	expansion = regexp.MustCompile(`\$\((\w+)\)`)
)

func (c checker) job(job *batchv1.Job) {
	pod := job.Spec.Template.Spec
	if pod.RestartPolicy != corev1.RestartPolicyNever {
		c.errorf("restartPolicy is %s", pod.RestartPolicy)
	}
	volumes := make(map[string]bool)
	for _, v := range pod.Volumes {
		volumes[v.Name] = true
		switch {
		case v.ConfigMap != nil && !c.names["ConfigMap "+v.ConfigMap.Name]:
			c.errorf("there is no ConfigMap %s", v.ConfigMap.Name)
		case v.PersistentVolumeClaim != nil && !c.names["PersistentVolumeClaim "+v.PersistentVolumeClaim.ClaimName]:
			c.errorf("there is no PersistentVolumeClaim %s", v.PersistentVolumeClaim.ClaimName)
		}
	}
	for _, one := range slices.Concat(pod.InitContainers, pod.Containers) {
		c.container(job, one, volumes)
	}
}

func (c checker) container(job *batchv1.Job, one corev1.Container, volumes map[string]bool) {
	for _, m := range one.VolumeMounts {
		if !volumes[m.Name] {
			c.errorf("%s mounts %s, which is no volume", one.Name, m.Name)
		}
	}
	variables := map[string]bool{"JOB_COMPLETION_INDEX": job.Spec.CompletionMode != nil && *job.Spec.CompletionMode == batchv1.IndexedCompletion}
	for _, e := range one.Env {
		ref := e.ValueFrom.ConfigMapKeyRef
		if _, there := c.keys[ref.Name][ref.Key]; !there {
			c.errorf("%s takes %s from %s of ConfigMap %s, which is not there", one.Name, e.Name, ref.Key, ref.Name)
		}
		variables[e.Name] = true
	}
	for _, from := range one.EnvFrom {
		switch {
		case from.ConfigMapRef != nil:
			for key := range c.keys[from.ConfigMapRef.Name] {
				variables[key] = true
			}
		case from.SecretRef != nil && !c.names["Secret "+from.SecretRef.Name]:
			c.errorf("there is no Secret %s", from.SecretRef.Name)
		}
	}
	for _, arg := range one.Args {
		for _, m := range expansion.FindAllStringSubmatch(arg, -1) {
			if !variables[m[1]] {
				c.errorf("%s has $(%s), and no such variable", one.Name, m[1])
			}
		}
		if m := shard.FindStringSubmatch(arg); m != nil {
			for what, n := range map[string]*int32{"completions": job.Spec.Completions, "parallelism": job.Spec.Parallelism} {
				if n == nil || fmt.Sprint(*n) != m[1] {
					c.errorf("%s is not the %s of -shard", what, m[1])
				}
			}
		}
	}
}
