"""PyYAML, the extra `yaml`, which is imported nowhere else."""

from types import ModuleType


def pyyaml() -> ModuleType:
    """The library.

    Raises:
        ImportError: It is not installed; who asks knows what to say of that.
    """
    import yaml

    return yaml
