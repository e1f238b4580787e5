// MinIO's policy package on the cases of benches/cases.py: how many answers agree, and the time of one.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/minio/pkg/v3/policy"
)

type testCase struct {
	Action, Resource string
	Context          map[string]string
	Policies         []json.RawMessage
	Expected         bool
}

func main() {
	file, err := os.Open(os.Args[1])
	check(err)
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	same, asked, spent := 0, 0, time.Duration(0)
	for lines.Scan() {
		var one testCase
		check(json.Unmarshal(lines.Bytes(), &one))
		held, args := policies(one), arguments(one)
		start := time.Now()
		allowed := held.IsAllowed(args)
		spent += time.Since(start)
		asked++
		if allowed == one.Expected {
			same++
		}
	}
	fmt.Printf("%d of %d agree, %v each\n", same, asked, spent/time.Duration(asked))
}

// MinIO knows no service but S3: other statements are left out.
func policies(one testCase) policy.Policy {
	var held []policy.Policy
	for _, text := range one.Policies {
		var document struct {
			Version   string
			Statement []map[string]any
		}
		check(json.Unmarshal(text, &document))
		kept := document.Statement[:0]
		for _, statement := range document.Statement {
			if strings.HasPrefix(statement["Resource"].(string), "arn:aws:s3:") {
				kept = append(kept, statement)
			}
		}
		document.Statement = kept
		text, err := json.Marshal(document)
		check(err)
		parsed, err := policy.ParseConfig(strings.NewReader(string(text)))
		check(err)
		held = append(held, *parsed)
	}
	return policy.MergePolicies(held...)
}

func arguments(one testCase) policy.Args {
	values := map[string][]string{}
	for key, value := range one.Context {
		values[strings.TrimPrefix(key, "aws:")] = []string{value}
	}
	bucket, object, _ := strings.Cut(strings.TrimPrefix(one.Resource, "arn:aws:s3:::"), "/")
	return policy.Args{Action: policy.Action(one.Action), BucketName: bucket, ObjectName: object, ConditionValues: values}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
