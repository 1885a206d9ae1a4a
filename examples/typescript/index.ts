// Two images, one from the other: every option has a type, and their values may be outputs.
import * as pulumi from "@pulumi/pulumi";
import * as hyperone from "pulumi-hyperone";

const config = new pulumi.Config();
const machine = {
    vmType: "a1.nano",
    diskSize: 1,
    sshPort: config.requireNumber("ssh_port"),
    release: "after-image",
};

const base = new hyperone.HyperOneImage("base", {
    ...machine,
    sourceImage: config.require("source_image"),
    imageName: "base-{{timestamp}}",
    provisioners: [{ type: "shell", inline: ["echo base > release.txt"] }],
});

const web = new hyperone.HyperOneImage("web", {
    ...machine,
    sourceImage: base.imageId,
    imageTags: { team: "web", "base-build": base.buildId },
    imageName: "web-{{timestamp}}",
    provisioners: [{ type: "shell", inline: ["echo web >> release.txt"] }],
    verify: ["grep -x base release.txt", "grep -x web release.txt"],
});

export const imageId = web.imageId;
export const imageName = web.imageName;
