packer {
  required_plugins {
    hyperone = {
      version = ">= 1.0.1"
      source  = "github.com/hashicorp/hyperone"
    }
  }
}

locals {
  owner = "team-${length(var.sizes)}"
}

source "hyperone" "web" {
  source_image = var.image
  vm_type      = "a1.nano"
  disk_size    = var.sizes[1] / 4
  vm_name      = "image-builder"
  image_name   = "${local.owner}-{{timestamp}}"
  image_tags   = merge({ by = "packer" }, { for k in ["x", "y"] : k => "tag-${k}" })
  user_data    = <<-EOT
    #cloud-config
    hostname: ${lower("WEB")}
  EOT

  dynamic "image_tag" {
    for_each = var.settings
    content {
      key   = image_tag.key
      value = upper(image_tag.value)
    }
  }
}

build {
  sources = ["source.hyperone.web"]

  provisioner "shell" {
    inline           = ["echo ${source.name} ${build.ID} %{ if var.debug }debug%{ else }quiet%{ endif } $${MODE} >> ran"]
    environment_vars = [for k, v in var.settings : "${upper(k)}=${v}"]
  }

  provisioner "file" {
    content     = templatefile("motd.tpl", { names = ["a", "b"], owner = local.owner })
    destination = "/home/guru/motd"
  }

  dynamic "provisioner" {
    for_each = ["one", "two"]
    labels   = ["shell"]
    content {
      inline = ["echo ${provisioner.value} >> ran"]
    }
  }

  provisioner "shell" {
    inline = ["cat motd >> ran"]
  }

  provisioner "file" {
    direction   = "download"
    source      = "/home/guru/ran"
    destination = "got/hcl/"
  }
}
