// Two images, one from the other: every option has a type, and their values may be outputs.
package main

import (
	"example.com/pulumi-hyperone/sdk/go/hyperone"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		settings := config.New(ctx, "")
		sshPort := pulumi.Int(settings.RequireInt("ssh_port"))

		base, err := hyperone.NewHyperOneImage(ctx, "base", &hyperone.HyperOneImageArgs{
			SourceImage:  pulumi.String(settings.Require("source_image")),
			VmType:       pulumi.String("a1.nano"),
			DiskSize:     pulumi.Float64(1),
			SshPort:      sshPort,
			Release:      pulumi.StringRef("after-image"),
			ImageName:    pulumi.String("base-{{timestamp}}"),
			Provisioners: pulumi.Array{shell("echo base > release.txt")},
		})
		if err != nil {
			return err
		}
		web, err := hyperone.NewHyperOneImage(ctx, "web", &hyperone.HyperOneImageArgs{
			SourceImage:  base.ImageId,
			VmType:       pulumi.String("a1.nano"),
			DiskSize:     pulumi.Float64(1),
			SshPort:      sshPort,
			Release:      pulumi.StringRef("after-image"),
			ImageName:    pulumi.String("web-{{timestamp}}"),
			ImageTags:    pulumi.StringMap{"team": pulumi.String("web"), "base-build": base.BuildId},
			Provisioners: pulumi.Array{shell("echo web >> release.txt")},
			Verify:       []pulumi.StringInput{pulumi.String("grep -x base release.txt"), pulumi.String("grep -x web release.txt")},
		})
		if err != nil {
			return err
		}
		ctx.Export("imageId", web.ImageId)
		ctx.Export("imageName", web.ImageName)
		return nil
	})
}

func shell(lines ...string) hyperone.ShellOptionsArgs {
	return hyperone.ShellOptionsArgs{Type: pulumi.String("shell"), Inline: pulumi.ToStringArray(lines)}
}
