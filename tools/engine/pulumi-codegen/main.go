// Command pulumi-codegen writes the SDK of a package: `pulumi-codegen python|nodejs|go`, with a serialized
// GeneratePackageRequest on stdin and the serialized response on stdout. The generators exist in Go alone.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	gocode "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/proto"
)

func main() {
	if err := run(os.Args[1], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run answers one request; what is wrong with the schema is in the response, anything else an error.
func run(language string, in io.Reader, out io.Writer) error {
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	var request pulumirpc.GeneratePackageRequest
	if err := proto.Unmarshal(data, &request); err != nil {
		return err
	}
	response, err := generate(language, &request)
	if err != nil {
		return err
	}
	if data, err = proto.Marshal(response); err != nil {
		return err
	}
	_, err = out.Write(data)
	return err
}

func generate(
	language string, request *pulumirpc.GeneratePackageRequest,
) (*pulumirpc.GeneratePackageResponse, error) {
	client, err := schema.NewLoaderClient(request.LoaderTarget)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	loader := schema.NewCachedLoader(client)
	var spec schema.PackageSpec
	if err := json.Unmarshal([]byte(request.Schema), &spec); err != nil {
		return nil, err
	}
	pkg, faults, err := schema.BindSpec(spec, loader, schema.ValidationOptions{AllowDanglingReferences: true})
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GeneratePackageResponse{Diagnostics: plugin.HclDiagnosticsToRPCDiagnostics(faults)}
	if faults.HasErrors() {
		return response, nil
	}
	tool := "pulumi-language-" + language
	var files map[string][]byte
	switch language {
	case "python":
		files, err = python.GeneratePackage(tool, pkg, request.ExtraFiles, loader)
	case "nodejs":
		files, err = nodejs.GeneratePackage(
			tool, pkg, request.ExtraFiles, request.LocalDependencies, request.Local, loader)
	case "go":
		files, err = gocode.GeneratePackage(tool, pkg, request.LocalDependencies)
	default:
		err = fmt.Errorf("no SDK can be generated for %q; python, nodejs and go can", language)
	}
	if err != nil {
		return nil, err
	}
	return response, write(request.Directory, files)
}

func write(directory string, files map[string][]byte) error {
	for name, data := range files {
		file := filepath.Join(directory, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
