package results

import _ "embed"

// JSONSchema is the JSON Schema (2020-12) of results.json, from the file
// results.schema.json.
//
//go:embed results.schema.json
var JSONSchema string
