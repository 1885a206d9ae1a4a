# One build of two sources, one of them changed on the way.
packer {
  required_plugins {
    hyperone = {
      version = ">= 1.0.1"
      source  = "github.com/hashicorp/hyperone"
    }
  }
}

build {
  name        = "nightly"
  description = "for people"
  sources     = ["source.hyperone.web"]

  source "source.hyperone.chroot" {
    name    = "renamed"
    vm_tags = { role = "builder" }
  }

  provisioner "shell" {
    inline           = ["echo ${source.name} ${build.ID}", "echo \"$${HOME}\" %{ if var.debug }-x%{ else }-e%{ endif }"]
    environment_vars = [for k, v in var.settings : "${upper(k)}=${v}"]
    override = {
      renamed = {
        execute_command = "sudo {{.Vars}} {{.Path}}"
      }
    }
  }

  provisioner "file" {
    only        = ["hyperone.web"]
    content     = templatefile("motd.tpl", { names = ["a", "b"], owner = local.owner })
    destination = "/etc/motd"
  }

  dynamic "provisioner" {
    for_each = ["one", "two"]
    labels   = ["shell"]
    content {
      inline = ["echo ${provisioner.value}"]
    }
  }

  error-cleanup-provisioner "shell" {
    inline = ["journalctl"]
  }
}
