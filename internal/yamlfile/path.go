package yamlfile

import "go.yaml.in/yaml/v3"

// Path leads from the root of a document to a value. Its steps are keys (string) and positions in lists (int, from 0).
type Path []any

// To returns the path with further steps. The receiver does not change.
func (p Path) To(steps ...any) Path {
	return append(p[:len(p):len(p)], steps...)
}

// Line returns the line of the value at a path. Where the document lacks the value, it is the line of the closest value that
// would contain it.
func (d *Document) Line(path Path) int {
	line, _ := d.follow(path)
	return line
}

// Has reports whether there is a value at the path, even if it is empty.
func (d *Document) Has(path Path) bool {
	_, steps := d.follow(path)
	return steps == len(path)
}

// follow goes along a path as far as the document does. It returns the line of the last value, which is that of the value's
// key if it has one, and the number of steps taken.
func (d *Document) follow(path Path) (line, steps int) {
	node, line := d.Root, d.Root.Line
	for i, step := range path {
		next, at := child(node, step)
		if next == nil {
			return line, i
		}
		node, line = next, at
	}
	return line, len(path)
}

// child returns the value at a key or a list position, and the line where it begins. It does not look into merged mappings.
func child(node *yaml.Node, step any) (*yaml.Node, int) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	switch step := step.(type) {
	case string:
		for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == step {
				return node.Content[i+1], node.Content[i].Line
			}
		}
	case int:
		if node.Kind == yaml.SequenceNode && step < len(node.Content) {
			return node.Content[step], node.Content[step].Line
		}
	}
	return nil, 0
}

// find returns the first node below another for which match holds, or nil. It does not follow aliases.
func find(node *yaml.Node, match func(*yaml.Node) bool) *yaml.Node {
	if match(node) {
		return node
	}
	for _, n := range node.Content {
		if found := find(n, match); found != nil {
			return found
		}
	}
	return nil
}
