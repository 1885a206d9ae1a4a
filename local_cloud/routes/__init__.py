"""The API's routes, one module per noun. Route names (`vm.create`) are the operation names of faults and call log."""
