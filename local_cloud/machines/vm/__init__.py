"""Real virtual machines: QEMU, with KVM where it works, else in software."""

from pulumi_hyperone.local_cloud.machines.vm.machines import VirtualMachines

__all__ = ["VirtualMachines"]
