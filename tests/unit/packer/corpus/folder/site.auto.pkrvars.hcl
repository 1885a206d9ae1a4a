image = "from-auto"
debug = true
