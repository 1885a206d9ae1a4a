source "hyperone" "web" {
  token        = var.token
  source_image = var.image
  vm_type      = "a1.nano"
  disk_size    = var.sizes[0]
  image_name   = "${local.owner}-${local.stamp}-{{timestamp}}"
  image_tags   = merge({ by = "packer" }, { for k in ["x", "y"] : k => "tag-${k}" })
  user_data    = <<-EOT
    #cloud-config
    hostname: ${lower("WEB")}
      indented: %{ for n in var.sizes }${n},%{ endfor }
  EOT

  dynamic "image_tag" {
    for_each = { a = 1, b = 2 }
    iterator = tag
    content {
      key   = tag.key
      value = tag.value + 1
    }
  }
}

source "hyperone" "chroot" {
  source_image       = "debian"
  vm_type            = "a1.nano"
  disk_size          = 10
  chroot_disk        = true
  pre_mount_commands = ["mkfs.ext4 {{.Device}}1", "curl -H 'auth: ${var.token}' x"]
  image_name         = "chroot-${formatdate("YYYY-MM-DD'T'hh", timestamp())}"
}

source "hyperone" "unused" {
  source_image = "debian"
}
