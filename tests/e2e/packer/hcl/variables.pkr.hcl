variable "image" {
  type = string
  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.image))
    error_message = "The image must be a lower case name."
  }
}

variable "settings" {
  type = map(string)
  default = {
    mode = "fast"
  }
}

variable "sizes" {
  type    = list(number)
  default = [4, "8"]
}

variable "debug" {
  type    = bool
  default = false
}
