variable "a" {
  tpye    = string
  default = vra.b
}
variable "required" { type = string }
locals {
  x = local.y
  y = local.x
}
data "amazon-ami" "base" {}
source "hyperone" "web" {
  source_image = var.imge
  vm_flavour   = "x"
  image_name   = "${uper("x")}"
  disk_size    = local.nothing
  disk_type    = data.amazon-ami.base.id
}
build {
  sources = ["source.hyperone.wbe", "source.hyperone.web"]
  provisioner "shell" {
    inlin = ["x"]
  }
  hcp_packer_registry {}
}
