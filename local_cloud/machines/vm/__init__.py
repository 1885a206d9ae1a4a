"""Real virtual machines: QEMU, with KVM where it works, else in software."""

from local_cloud.machines.vm.machines import VirtualMachines

__all__ = ["VirtualMachines"]
