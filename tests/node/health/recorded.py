"""What the tools print, for a machine with eight H100.

Form of nvidia-smi's answers: `nvlink --status` of an H100 as in
https://github.com/stas00/ml-engineering/blob/master/compute/accelerator/nvidia/debug.md, csv with `noheader,nounits` as
`nvidia-smi --help-query-gpu` says; the kernel's line of an Xid from the same page; DCGM's table from
https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html; fi_info's from
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html; lnetctl's as
https://doc.lustre.org/lustre_manual.xhtml#lnet_config.lnetctl.showing shows it.
"""

from __future__ import annotations

GPUS = 8
EFAS = 32
MODEL = "NVIDIA H100 80GB HBM3"


def uuid(gpu: int) -> str:
    return f"GPU-5a10e6e5-95f7-2785-ed63-6f6147f304f{gpu}"


COUNT = "".join(f"{gpu}, {uuid(gpu)}\n" for gpu in range(GPUS))
MEMORY = "".join(f"{gpu}, Enabled, 0, [N/A]\n" for gpu in range(GPUS))
REMAPPED = "".join(f"00000000:{gpu:X}5:00.0, 0, 0\n" for gpu in range(GPUS))
CLOCKS = "".join(f"{gpu}, Not Active, Not Active, Not Active\n" for gpu in range(GPUS))
PCIE = "".join(f"{gpu}, P0, 16, 16, 5, 5\n" for gpu in range(GPUS))
FABRIC = "".join(f"{gpu}, Completed, Success\n" for gpu in range(GPUS))
NVLINK = "".join(
    f"GPU {gpu}: {MODEL} (UUID: {uuid(gpu)})\n" + "".join(f"\t Link {link}: 26.562 GB/s\n" for link in range(18))
    for gpu in range(GPUS)
)
DCGM_SET = "Health monitor systems set successfully.\n"
DCGM_HEALTHY = """\
+---------------------------+----------------------------------------------------------+
| Health Monitor Report                                                                |
+===========================+==========================================================+
| Overall Health            | Healthy                                                  |
+---------------------------+----------------------------------------------------------+
"""
DCGM_FAILED = """\
+---------------------------+----------------------------------------------------------+
| Health Monitor Report                                                                |
+===========================+==========================================================+
| Overall Health            | Failure                                                  |
| GPU                       |                                                          |
| -> 0                      | Failure                                                  |
|    -> NVLink system       | Failure                                                  |
+---------------------------+----------------------------------------------------------+
"""
KERNEL = """\
Linux version 6.14.0-1015-aws (buildd@lcy02-amd64-067)
NVRM: Xid (PCI:0000:10:1c): 31, pid=1896, name=python, MMU Fault: ENGINE GRAPHICS GPCCLIENT_T1_0 faulted
NVRM: Xid (PCI:0000:10:1c): 94, pid=1896, Contained: SM (0x1). RST: No, D-RST: No
"""


def lnet(up: int) -> str:
    """What lnetctl says of eight EFA interfaces of which `up` are up."""
    return "net:\n    - net type: efa\n      local NI(s):\n" + "".join(
        f"        - nid: 1.61.{device}.0@efa\n          status: {'up' if device < up else 'down'}\n"
        f"          interfaces:\n              0: rdmap{device}s0\n"
        for device in range(8)
    )


FI_INFO = "".join(
    f"provider: efa\n    fabric: efa\n    domain: rdmap{device}s0-rdm\n    version: 201.0\n    type: FI_EP_RDM\n"
    for device in range(EFAS)
)
