// A build by the vendor's Go client, whose types are strict. Arguments: base URL, passport file, project.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	h1 "github.com/hyperonecom/h1-client-go"
	credentials "github.com/hyperonecom/h1-credentials-helper-go"
)

const location = "pl-waw-1"

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	base, passport, project := os.Args[1], os.Args[2], os.Args[3]
	helper, err := credentials.GetPassportCredentialsHelper(passport)
	check(err)
	token, err := helper.GetToken(base)
	check(err)
	config := h1.NewConfiguration()
	config.Servers = h1.ServerConfigurations{{URL: base}}
	config.AddDefaultHeader("authorization", "Bearer "+token)
	config.AddDefaultHeader("Prefer", "respond-async,wait=60")
	client, ctx := h1.NewAPIClient(config), context.Background()

	image, start := "sandbox", false
	vm, _, err := client.ComputeProjectVmApi.ComputeProjectVmCreate(ctx, project, location).
		ComputeProjectVmCreate(h1.ComputeProjectVmCreate{
			Name: "go", Service: "a1.nano", Image: &image, Start: &start,
			Disk:   []h1.ComputeProjectVmCreateDisk{{Name: "os", Service: "ssd", Size: 10}},
			Netadp: []h1.ComputeProjectVmCreateNetadp{{Network: "public"}},
			Tag:    []h1.Tag{{Key: "a", Value: "b"}},
		}).Execute()
	check(err)
	vms, _, err := client.ComputeProjectVmApi.ComputeProjectVmList(ctx, project, location).TagKey("a").Execute()
	check(err)
	disks, _, err := client.ComputeProjectVmApi.ComputeProjectVmDiskList(ctx, project, location, vm.Id).Execute()
	check(err)
	events, _, err := client.ComputeProjectVmApi.ComputeProjectVmEventList(ctx, project, location, vm.Id).Execute()
	check(err)
	netadps, _, err := client.NetworkingProjectNetadpApi.NetworkingProjectNetadpList(ctx, project, location).
		AssignedId(vm.Id).Execute()
	check(err)
	ips, _, err := client.NetworkingProjectIpApi.NetworkingProjectIpList(ctx, project, location).
		AssociatedNetadp(netadps[0].Id).Execute()
	check(err)
	networks, _, err := client.NetworkingProjectNetworkApi.NetworkingProjectNetworkCreate(ctx, project, location).
		NetworkingProjectNetworkCreate(h1.NetworkingProjectNetworkCreate{Name: "go"}).Execute()
	check(err)
	made, _, err := client.StorageProjectImageApi.StorageProjectImageCreate(ctx, project, location).
		StorageProjectImageCreate(h1.StorageProjectImageCreate{Name: "go", Vm: vm.Uri}).Execute()
	check(err)
	services, _, err := client.BillingProjectServiceApi.BillingProjectServiceList(ctx, project).Execute()
	check(err)
	bought, _, err := client.ComputeProjectVmApi.ComputeProjectVmServiceList(ctx, project, location, vm.Id).Execute()
	check(err)
	projects, _, err := client.IamProjectApi.IamProjectList(ctx).Execute()
	check(err)
	quotas, _, err := client.IamProjectApi.IamProjectQuotaList(ctx, project).Execute()
	check(err)
	accounts, _, err := client.IamProjectSaApi.IamProjectSaList(ctx, project).Execute()
	check(err)
	keys, _, err := client.IamProjectSaApi.IamProjectSaCredentialList(ctx, project, accounts[0].Id).Execute()
	check(err)
	_, _, err = client.ComputeProjectVmApi.ComputeProjectVmDelete(ctx, project, location, vm.Id).Execute()
	check(err)
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"vm": vm, "vms": vms, "disks": disks, "events": events, "netadps": netadps, "ips": ips, "network": networks,
		"image": made, "services": services, "bought": bought, "projects": projects, "quotas": quotas, "keys": keys,
	}))
}
