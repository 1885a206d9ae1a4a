variable "token" {
  type      = string
  sensitive = true
  default   = env("H1_TOKEN")
}

variable "image" {
  type = string
  validation {
    condition     = length(var.image) > 2 && can(regex("^[a-z0-9-]+$", var.image))
    error_message = "The image must be a lower case name."
  }
}

variable "sizes" {
  type    = list(number)
  default = [10, "20"]
}

variable "debug" {
  type    = bool
  default = false
}

variable "settings" {
  type = map(string)
  default = {
    mode  = "fast"
    level = 3
  }
}

locals {
  owner = "team-${local.number}"
  stamp = regex_replace(timestamp(), "[- TZ:]", "")
}

local "number" {
  expression = 2 * 3 - 5
}
