"""Facts about EC2 instance types."""

from cdk_batch_mnp.instances.catalogue import Catalogue, CatalogueError, default_catalogue
from cdk_batch_mnp.instances.instance_type import InstanceType

__all__ = ["Catalogue", "CatalogueError", "InstanceType", "default_catalogue"]
